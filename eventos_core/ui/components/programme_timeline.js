// One day of a programme: a lane per space, time from left to right; a list by time where the room is narrow.
// One tab stop: arrows move between sessions, Enter opens one, Shift and arrow left or right moves it by five minutes
// (Enter keeps, Escape takes back). A mouse drags: sideways in time, up and down into another space.
const kept = new WeakMap()
const NARROW = 640
const HOUR = 150
const SPAN = 92 // pixels from which both ends of a session's time fit
const LABELS = 168
const STEP = 5

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  if (!data) return
  const state = kept.get(parentElement) ?? { session: null, left: null }
  kept.set(parentElement, state)
  const before = parentElement.querySelector(".scroll")
  if (before) state.left = before.scrollLeft
  parentElement.querySelector(".timeline")?.remove()
  const root = element("div", "timeline")
  parentElement.append(root)
  const said = element("div", "said")
  said.setAttribute("role", "status")

  const open = (id) => setTriggerValue("opened", id)
  const draw = () => {
    const narrow = root.clientWidth > 0 && root.clientWidth < NARROW
    root.dataset.view = narrow ? "list" : "lanes"
    root.replaceChildren(narrow ? list() : lanes(), said)
    const scroll = root.querySelector(".scroll")
    if (scroll && state.left !== null) scroll.scrollLeft = state.left
  }

  function lanes() {
    const minutes = data.to - data.from
    const width = Math.max(root.clientWidth - LABELS - 2, (minutes / 60) * HOUR)
    const perMinute = width / minutes
    const scroll = element("div", "scroll")
    const board = element("div", "board")
    board.style.setProperty("--labels", `${LABELS}px`)
    board.style.setProperty("--width", `${width}px`)
    board.style.setProperty("--hour", `${60 * perMinute}px`)
    board.style.setProperty("--first", `${(data.hours[0].at - data.from) * perMinute}px`)
    const axis = element("div", "axis")
    axis.setAttribute("aria-hidden", "true")
    for (const hour of data.hours) {
      const mark = element("span", "hour", hour.label)
      mark.style.left = `${LABELS + (hour.at - data.from) * perMinute}px`
      axis.append(mark)
    }
    board.append(axis)
    for (const lane of data.lanes) board.append(laneOf(lane, perMinute))
    if (data.now !== null) {
      const now = element("div", "now")
      now.style.left = `${LABELS + (data.now - data.from) * perMinute}px`
      now.setAttribute("aria-hidden", "true")
      board.append(now)
    }
    scroll.append(board)
    const items = [...board.querySelectorAll(".session")]
    const first = items.find((one) => one.dataset.id === String(state.session)) ?? items[0]
    if (first) first.tabIndex = 0
    board.addEventListener("keydown", (event) => keys(event, items, perMinute))
    return scroll
  }

  function laneOf(lane, perMinute) {
    const row = element("div", "lane")
    row.setAttribute("role", "list")
    row.setAttribute("aria-label", `${lane.name}, ${lane.items.length === 1 ? "1 session" : `${lane.items.length} sessions`}`)
    row.style.setProperty("--rows", lane.rows)
    row.dataset.lane = lane.id
    const label = element("div", "label")
    label.append(element("span", "lane-name", lane.name))
    if (lane.detail) label.append(element("span", "lane-detail", lane.detail))
    label.title = [lane.name, lane.detail].filter(Boolean).join(" · ")
    row.append(label)
    for (const one of lane.items) {
      const holder = element("div", "holder")
      holder.setAttribute("role", "listitem")
      const button = session(one)
      button.tabIndex = -1
      button.style.left = `${LABELS + (one.from - data.from) * perMinute}px`
      const width = Math.max((one.to - one.from) * perMinute - 3, 22)
      button.style.width = `${width}px`
      if (width < SPAN) button.querySelector(".when").textContent = one.time.split("–")[0]
      button.style.setProperty("--row", one.row)
      if (data.may_move && !one.cancelled) draggable(button, one, perMinute)
      holder.append(button)
      row.append(holder)
    }
    return row
  }

  function session(one) {
    const button = element("button", `session ${one.tone}`)
    button.type = "button"
    button.dataset.id = one.id
    button.setAttribute("aria-label", one.label)
    button.title = one.label
    button.classList.toggle("cancelled", one.cancelled)
    button.classList.toggle("open-end", one.open_end)
    button.append(element("span", "title", one.title), element("span", "when", one.time))
    button.addEventListener("click", () => {
      state.session = one.id
      if (button.dataset.dragged) delete button.dataset.dragged
      else open(one.id)
    })
    return button
  }

  function list() {
    const all = data.lanes.flatMap((lane) => lane.items.map((one) => ({ ...one, where: lane.name })))
    all.sort((a, b) => a.from - b.from || a.to - b.to || a.title.localeCompare(b.title))
    const made = element("div", "list")
    made.setAttribute("role", "list")
    made.setAttribute("aria-label", data.label)
    for (const one of all) {
      const holder = element("div", "")
      holder.setAttribute("role", "listitem")
      const button = session(one)
      button.append(element("span", "where", [one.where, one.hosts].filter(Boolean).join(" · ")))
      holder.append(button)
      made.append(holder)
    }
    return made
  }

  function keys(event, items, perMinute) {
    const button = event.target.closest(".session")
    if (!button) return
    const one = find(button.dataset.id)
    if (event.shiftKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      event.preventDefault()
      if (!data.may_move || one.cancelled) return
      const by = Number(button.dataset.by ?? 0) + (event.key === "ArrowLeft" ? -STEP : STEP)
      button.dataset.by = by
      button.style.transform = `translateX(${by * perMinute}px)`
      said.textContent = `${one.title}: ${by > 0 ? "+" : ""}${by} minutes. Enter keeps it, Escape takes it back.`
      return
    }
    if (button.dataset.by !== undefined && (event.key === "Enter" || event.key === "Escape")) {
      event.preventDefault()
      const by = Number(button.dataset.by)
      delete button.dataset.by
      button.style.transform = ""
      said.textContent = ""
      if (event.key === "Enter" && by) moved(one, by, null)
      return
    }
    const next = neighbour(event.key, button, items)
    if (next) {
      event.preventDefault()
      for (const other of items) other.tabIndex = -1
      next.tabIndex = 0
      state.session = next.dataset.id
      next.focus()
      next.scrollIntoView({ block: "nearest", inline: "nearest" })
    }
  }

  function neighbour(key, button, items) {
    const lane = button.closest(".lane")
    const inLane = (one) => [...one.querySelectorAll(".session")].sort((a, b) => a.offsetLeft - b.offsetLeft)
    const here = inLane(lane)
    const at = here.indexOf(button)
    if (key === "ArrowRight") return here[at + 1]
    if (key === "ArrowLeft") return here[at - 1]
    if (key === "Home") return here[0]
    if (key === "End") return here[here.length - 1]
    if (key !== "ArrowDown" && key !== "ArrowUp") return null
    const filled = [...lane.parentElement.querySelectorAll(".lane")].filter((one) => one.querySelector(".session"))
    const other = filled[filled.indexOf(lane) + (key === "ArrowDown" ? 1 : -1)]
    if (!other) return null
    const distance = (one) => Math.abs(one.offsetLeft - button.offsetLeft)
    return inLane(other).reduce((best, one) => (distance(one) < distance(best) ? one : best))
  }

  function draggable(button, one, perMinute) {
    button.addEventListener("pointerdown", (down) => {
      if (down.button !== 0 || down.pointerType === "touch") return
      const from = { x: down.clientX, y: down.clientY }
      let by = 0
      let target = null
      const onMove = (event) => {
        const dx = event.clientX - from.x
        if (!button.dataset.dragged && Math.hypot(dx, event.clientY - from.y) < 6) return
        if (!button.dataset.dragged) button.setPointerCapture(down.pointerId)
        button.dataset.dragged = "yes"
        by = Math.round(dx / perMinute / STEP) * STEP
        button.style.transform = `translate(${by * perMinute}px, ${event.clientY - from.y}px)`
        target = laneAt(event.clientY)
        for (const lane of root.querySelectorAll(".lane")) lane.classList.toggle("target", lane === target)
      }
      const stop = (event) => {
        window.removeEventListener("pointermove", onMove)
        window.removeEventListener("pointerup", stop)
        window.removeEventListener("keydown", onKey, true)
        for (const lane of root.querySelectorAll(".lane")) lane.classList.remove("target")
        button.style.transform = ""
        if (!button.dataset.dragged) return
        const lane = target && target !== button.closest(".lane") ? target.dataset.lane : null
        if (event.type === "pointerup" && (by || lane)) moved(one, by, lane)
        setTimeout(() => delete button.dataset.dragged, 0)
      }
      const onKey = (event) => event.key === "Escape" && stop(event)
      window.addEventListener("pointermove", onMove)
      window.addEventListener("pointerup", stop)
      window.addEventListener("keydown", onKey, true)
    })
  }

  // Only spaces take sessions: other places are written, not dragged into.
  function laneAt(y) {
    return [...root.querySelectorAll(".lane")].find((lane) => {
      const box = lane.getBoundingClientRect()
      return lane.dataset.lane.startsWith("space:") && y >= box.top && y <= box.bottom
    })
  }

  function moved(one, minutes, lane) {
    setTriggerValue("moved", { id: one.id, version: one.version, minutes, lane })
  }

  function find(id) {
    return data.lanes.flatMap((lane) => lane.items).find((one) => String(one.id) === id)
  }

  draw()
  let view = root.dataset.view
  let width = root.clientWidth
  const watcher = new ResizeObserver(() => {
    if (root.clientWidth === 0 || root.clientWidth === width) return
    width = root.clientWidth
    const now = width < NARROW ? "list" : "lanes"
    if (now !== view || now === "lanes") draw()
    view = now
  })
  watcher.observe(root)
  return () => watcher.disconnect()
}

function element(tag, name, text) {
  const made = document.createElement(tag)
  if (name) made.className = name
  if (text !== undefined) made.textContent = text
  return made
}
