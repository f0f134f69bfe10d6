// A month of events: seven columns with bars over the days an event lasts; a list of days where the room is narrow.
// One tab stop: arrows move between days, Enter goes into a day's events (or starts a new one there), Escape goes back.
const kept = new WeakMap()
const LANES = 3
const NARROW = 640

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  if (!data) return
  const state = kept.get(parentElement) ?? { day: null, wide: new Set(), month: null }
  kept.set(parentElement, state)
  if (state.month !== data.month) Object.assign(state, { month: data.month, day: null, wide: new Set() })
  parentElement.querySelector(".calendar")?.remove()
  const root = element("div", "calendar")
  parentElement.append(root)

  const open = (slug) => setTriggerValue("opened", slug)
  const start = (day) => data.may_create && setTriggerValue("started", day)
  const draw = () => {
    const narrow = root.clientWidth > 0 && root.clientWidth < NARROW
    root.replaceChildren(narrow ? agenda() : month())
    root.dataset.view = narrow ? "agenda" : "month"
  }

  function month() {
    const grid = element("div", "month")
    grid.setAttribute("role", "grid")
    grid.setAttribute("aria-label", data.label)
    const head = element("div", "week head")
    head.setAttribute("role", "row")
    for (const name of data.weekdays) {
      const cell = element("div", "weekday", name.short)
      cell.setAttribute("role", "columnheader")
      cell.setAttribute("aria-label", name.long)
      head.append(cell)
    }
    grid.append(head, ...data.weeks.map(week))
    const days = [...grid.querySelectorAll(".day")]
    const first = days.find((d) => d.dataset.day === (state.day ?? data.today)) ??
      days.find((d) => !d.classList.contains("outside"))
    if (first) first.tabIndex = 0
    grid.addEventListener("keydown", (event) => move(event, days))
    return grid
  }

  function week(days) {
    const row = element("div", "week")
    row.setAttribute("role", "row")
    const bars = lanes(days)
    const wide = state.wide.has(days[0].day)
    const lanesOf = (i) => bars.filter((bar) => bar.from <= i && i <= bar.to)
    const most = Math.max(0, ...bars.map((bar) => bar.lane + 1))
    row.style.setProperty("--lanes", wide ? Math.max(most, LANES) + 1 : LANES + 1)
    days.forEach((day, i) => {
      const here = lanesOf(i)
      const cell = element("div", "day")
      cell.setAttribute("role", "gridcell")
      cell.setAttribute("aria-label", `${day.long}, ${count(here.length, data.noun ?? ["event", "events"])}`)
      cell.dataset.day = day.day
      cell.tabIndex = -1
      cell.classList.toggle("outside", day.outside)
      if (day.day === data.today) {
        cell.classList.add("today")
        cell.setAttribute("aria-current", "date")
      }
      cell.append(element("span", "number", day.number))
      cell.addEventListener("dblclick", (event) => event.target.closest("button") || start(day.day))
      for (const bar of bars.filter((one) => one.from === i)) {
        if (wide || bar.lane < LANES) cell.append(chip(bar))
      }
      const hidden = wide ? 0 : here.filter((bar) => bar.lane >= LANES).length
      if (hidden) {
        const more = element("button", "more", `+${hidden} more`)
        more.type = "button"
        more.tabIndex = -1
        more.setAttribute("aria-label", `Show ${hidden} more on ${day.long}`)
        more.addEventListener("click", () => {
          state.wide.add(days[0].day)
          state.day = day.day
          draw()
          root.querySelector(`[data-day="${day.day}"]`)?.focus()
        })
        cell.append(more)
      }
      row.append(cell)
    })
    return row
  }

  function lanes(days) {
    const first = days[0].day
    const last = days[6].day
    const taken = []
    return data.events
      .filter((event) => event.first <= last && event.last >= first)
      .map((event) => {
        const from = days.findIndex((day) => day.day >= event.first)
        const to = event.last > last ? 6 : days.findIndex((day) => day.day === event.last)
        let lane = taken.findIndex((until) => until < from)
        if (lane < 0) lane = taken.length
        taken[lane] = to
        return { event, from, to, lane, begins: event.first >= first, ends: event.last <= last }
      })
  }

  function chip({ event, from, to, lane, begins, ends }) {
    const button = item(event, "chip")
    button.tabIndex = -1
    button.style.setProperty("--lane", lane)
    button.style.setProperty("--span", to - from + 1)
    button.classList.toggle("continues", !ends)
    button.classList.toggle("continued", !begins)
    return button
  }

  function item(event, name) {
    const button = element("button", `${name} ${event.tone}`)
    button.type = "button"
    button.dataset.slug = event.slug
    button.setAttribute("aria-label", event.label)
    button.title = event.label
    if (event.time) button.append(element("span", "time", event.time))
    button.append(element("span", "name", event.name))
    button.addEventListener("click", () => open(event.slug))
    return button
  }

  function agenda() {
    const list = element("div", "agenda")
    list.setAttribute("role", "list")
    list.setAttribute("aria-label", data.label)
    const days = data.weeks.flat().filter((day) => !day.outside)
    for (const day of days) {
      const here = data.events.filter((event) => event.first <= day.day && event.last >= day.day)
      if (!here.length) continue
      const part = element("div", "agenda-day")
      part.setAttribute("role", "listitem")
      const title = element("div", day.day === data.today ? "date today" : "date", day.long)
      part.append(title)
      for (const event of here) {
        const button = item(event, "entry")
        const detail = [event.status, event.where].filter(Boolean).join(" · ")
        button.append(element("span", "detail", detail))
        part.append(button)
      }
      list.append(part)
    }
    if (!list.children.length) list.append(element("p", "nothing", data.nothing))
    return list
  }

  function move(event, days) {
    const chipNow = event.target.closest("button")
    const cell = event.target.closest(".day")
    if (!cell) return
    if (chipNow) return within(event, cell, chipNow)
    const at = days.indexOf(cell)
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, Home: -(at % 7), End: 6 - (at % 7) }
    if (event.key in steps) {
      event.preventDefault()
      const next = days[at + steps[event.key]]
      if (next) focusDay(next, days)
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault()
      const first = cell.querySelector("button")
      if (first) first.focus()
      else start(cell.dataset.day)
    } else if (event.key === "PageUp" || event.key === "PageDown") {
      event.preventDefault()
      setTriggerValue("turned", event.key === "PageUp" ? -1 : 1)
    }
  }

  function within(event, cell, chipNow) {
    const buttons = [...cell.querySelectorAll("button")]
    const at = buttons.indexOf(chipNow)
    if (event.key === "Escape") {
      event.preventDefault()
      cell.focus()
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault()
      buttons[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus()
    }
  }

  function focusDay(cell, days) {
    for (const day of days) day.tabIndex = -1
    cell.tabIndex = 0
    state.day = cell.dataset.day
    cell.focus()
  }

  draw()
  let wasNarrow = root.dataset.view
  const watcher = new ResizeObserver(() => {
    const view = root.clientWidth < NARROW ? "agenda" : "month"
    if (root.clientWidth > 0 && view !== wasNarrow) {
      wasNarrow = view
      draw()
    }
  })
  watcher.observe(root)
  return () => watcher.disconnect()
}

function count(n, [one, many]) {
  return n === 0 ? `no ${many}` : n === 1 ? `1 ${one}` : `${n} ${many}`
}

function element(tag, name, text) {
  const made = document.createElement(tag)
  made.className = name
  if (text !== undefined) made.textContent = text
  return made
}
