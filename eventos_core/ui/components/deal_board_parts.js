// Columns and cards of the deal board. Every text goes in as text, whatever stands in it.
const NEXT = { overdue: "Overdue", today: "Today", planned: "Next", none: "No next step" }
// Strokes on a square of 24.
const ICONS = {
  add: "M12 5v14M5 12h14",
  menu: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  won: "M5 13l4.5 4.5L19 7.5",
  lost: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  overdue: "M12 4L2.8 20h18.4zM12 10v4.5M12 17.3v.01",
  today: "M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM12 7.5V12l3 2",
  planned: "M4 6h16v14H4zM4 10.5h16M8.5 3.5V7M15.5 3.5V7",
  none: "M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM8.5 12h7",
  rotting: "M7 3.5h10M7 20.5h10M8.5 3.5v4L12 12l3.5-4.5v-4M8.5 20.5v-4L12 12l3.5 4.5v4",
}

function newColumn(id) {
  const box = element("section", "column", { id: `column-${id}`, role: "group" })
  const head = element("div", "head")
  const line = element("div", "title")
  const kind = element("span", "kind")
  const name = element("h3", "stage", { id: `stage-${id}` })
  const count = element("span", "count")
  const add = button("add", icon("add"))
  const sums = element("div", "sums")
  const limit = element("div", "limit")
  line.append(kind, name, count, add)
  head.append(line, sums, limit)
  const body = element("div", "body")
  const list = element("ul", "list", { role: "list", "aria-labelledby": `stage-${id}` })
  const empty = element("p", "empty")
  const more = button("more")
  const well = element("div", "well")
  body.append(list, empty, more)
  well.append(body)
  box.append(head, well)
  box.dataset.stage = id
  const tab = button("tab")
  tab.setAttribute("role", "tab")
  tab.setAttribute("aria-controls", box.id)
  tab.dataset.stage = id
  return { box, kind, name, count, add, sums, limit, well, body, list, empty, more, tab }
}

function fillColumn(made, stage, texts, isEmpty) {
  made.box.dataset.kind = stage.kind
  made.box.setAttribute("aria-label", [stage.name, counted(stage), stage.total_text].filter(Boolean).join(", "))
  made.well.dataset.drop = `Move to ${stage.name}`
  made.kind.replaceChildren(...(stage.kind === "open" ? [] : [icon(stage.kind)]))
  made.name.textContent = made.name.title = stage.name
  made.count.replaceChildren(thin(stage.count), element("span", "hidden", {}, stage.count === 1 ? " deal" : " deals"))
  made.count.title = stage.limit === null ? "" : `At most ${thin(stage.limit)}`
  made.add.hidden = !texts.may_move || stage.kind !== "open"
  made.add.title = `${texts.add} in ${stage.name}`
  made.add.setAttribute("aria-label", made.add.title)
  const weighted = stage.kind === "open" && stage.weighted_text ? `${stage.weighted_text} weighted` : ""
  made.sums.replaceChildren(element("span", "total", {}, stage.total_text), element("span", "line weighted", {}, weighted))
  made.sums.title = [stage.total_text, weighted].filter(Boolean).join(", ")
  made.limit.hidden = !stage.over_limit
  made.limit.replaceChildren(icon("overdue"), `Over its limit of ${stage.limit}`)
  made.empty.textContent = texts.empty
  made.empty.hidden = !isEmpty || stage.more > 0
  made.more.hidden = stage.more <= 0
  made.more.textContent = `Show ${thin(Math.min(texts.step, stage.more))} more`
  made.more.setAttribute("aria-label", `${made.more.textContent} of ${stage.name}`)
  made.tab.replaceChildren(stage.name, element("span", "count", {}, thin(stage.count)))
}

function newCard(id) {
  const box = element("li", "card")
  const open = button("open")
  open.setAttribute("aria-describedby", "help")
  const menu = button("menu", icon("menu"))
  menu.setAttribute("aria-haspopup", "menu")
  menu.setAttribute("aria-expanded", "false")
  // What the facts say, the name's label says: a reader hears it once.
  const facts = element("div", "facts", { "aria-hidden": "true" })
  open.tabIndex = menu.tabIndex = -1
  box.append(open, menu, facts)
  box.dataset.id = id
  return { box, open, menu, facts }
}

function fillCard(made, card, mayMove) {
  const probability = card.probability_text && `${card.probability_text}${card.override ? " set by hand" : ""}`
  const next = nextStep(card.next)
  const told = [
    card.name, card.amount_text, probability, card.organization, card.event, card.owner && `owner ${card.owner}`,
    card.age_text, card.rotting && `Rotting: ${card.rotting_text}`, next, ...card.tags,
  ]
  made.open.textContent = card.name
  made.open.title = told.filter(Boolean).join("\n")
  made.open.setAttribute("aria-label", told.filter(Boolean).join(", "))
  made.menu.hidden = !mayMove
  made.menu.title = "Move to…"
  made.menu.setAttribute("aria-label", `Move ${card.name} to…`)
  made.box.classList.toggle("rotting", card.rotting)
  const worth = element("div", "worth")
  worth.append(element("span", "amount", {}, card.amount_text))
  if (probability) {
    const share = element("span", "share", {}, card.probability_text)
    if (card.override) share.append(element("span", "by-hand", {}, "by hand"))
    worth.append(share)
  }
  const about = [card.organization, card.event].filter(Boolean).map((text) => element("div", "line", {}, text))
  const step = element("div", `step ${card.next.state}`)
  step.append(icon(card.next.state), element("span", "lines", {}, next))
  made.facts.replaceChildren(worth, ...about)
  if (card.tags.length) {
    const tags = element("div", "tags")
    tags.append(...card.tags.map((tag) => element("span", "tag", {}, tag)))
    made.facts.append(tags)
  }
  const age = element("div", "age")
  age.append(element("span", "line", {}, card.age_text))
  if (card.rotting) {
    const rots = element("span", "rots")
    rots.append(icon("rotting"), "Rotting")
    age.append(rots)
  }
  if (card.owner_initials) age.append(element("span", "owner", {}, card.owner_initials))
  made.facts.append(age)
  if (next) made.facts.append(step)
}

// With its state as a word, unless the text begins with it.
function nextStep({ state, text }) {
  const word = NEXT[state] ?? ""
  if (!text) return word
  return text.toLowerCase().startsWith(word.toLowerCase()) || state === "none" ? text : `${word}: ${text}`
}

function counted({ count }) {
  return `${thin(count)} ${count === 1 ? "deal" : "deals"}`
}

function thin(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f")
}

function element(tag, name, attributes = {}, text) {
  const made = document.createElement(tag)
  if (name) made.className = name
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  if (text !== undefined && text !== null) made.textContent = text
  return made
}

function button(name, ...children) {
  const made = element("button", name, { type: "button" })
  made.append(...children)
  return made
}

function icon(name) {
  const space = "http://www.w3.org/2000/svg"
  const made = document.createElementNS(space, "svg")
  made.setAttribute("viewBox", "0 0 24 24")
  made.setAttribute("class", "icon")
  made.setAttribute("aria-hidden", "true")
  const path = document.createElementNS(space, "path")
  path.setAttribute("d", ICONS[name] ?? "")
  made.append(path)
  return made
}
