// Deals by stage: what the server says of them, and what was asked of it. Drawn by deal_board_parts.js, moved by the
// hands of deal_board_hands.js; all three are one module.
// A moved card stands in its new stage at once, and goes back when the server does not show it there.
const kept = new WeakMap()
const NARROW = 640
const APP = '[data-testid="stApp"]'
const RESTS_MS = 600 // the app rests for a moment between a run and the one that this asks for
const LOST_MS = 10000
const TOLD_MS = 6000

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  if (!data) return
  if (!kept.has(parentElement)) kept.set(parentElement, new Board(parentElement))
  const board = kept.get(parentElement)
  board.trigger = setTriggerValue
  board.show(data)
  return () => {
    kept.delete(parentElement)
    board.leave()
  }
}

class Board {
  constructor(parent) {
    this.columns = new Map() // stage → its parts
    this.cards = new Map() // deal → its parts
    this.truth = new Map() // deal → its card and stage as the server last said
    this.pending = new Map() // deal → where it was moved to without an answer yet
    this.queue = []
    this.sent = null
    this.current = null // the deal that Tab leads to
    this.shown = null // the stage that is shown where there is room for one
    this.root = element("div", "deals", { role: "group" })
    this.tabs = element("div", "tabs", { role: "tablist", "aria-label": "Stages" })
    this.strip = element("div", "strip")
    this.help = element("div", "hidden", { id: "help" })
    this.said = element("div", "said", { role: "status" })
    this.root.append(this.tabs, this.strip, this.help, this.said)
    this.hands = new Hands(this)
    this.watcher = new ResizeObserver(() => this.fit())
    this.watcher.observe(this.root)
    this.strip.addEventListener("scroll", () => this.edge(), { passive: true })
    parent.append(this.root)
  }

  leave() {
    this.hands.leave()
    this.unwatch?.()
    clearTimeout(this.telling)
    this.watcher.disconnect()
    this.root.remove()
  }

  show(data) {
    this.data = data
    this.truth = new Map(data.columns.flatMap((stage) => stage.cards.map((card) => [card.id, { card, stage: stage.id }])))
    this.root.setAttribute("aria-label", data.label)
    this.root.classList.toggle("movable", data.may_move)
    this.help.textContent = data.may_move
      ? "Enter opens. Space picks up, arrow keys then choose a stage, Space drops, Escape cancels."
      : "Enter opens."
    if (!data.columns.some((stage) => stage.id === this.shown)) this.shown = data.columns[0]?.id ?? null
    this.fit()
    this.hands.check()
    // The run that takes a move begins with what was so before: only what differs from that is an answer.
    const move = this.sent?.name === "move" ? this.sent.value : null
    const now = move && this.truth.get(move.id)
    if (move && !(now?.stage === move.from_stage && now.card.version === move.version)) this.answered()
    else this.draw()
  }

  fit() {
    const view = this.root.clientWidth < NARROW ? "narrow" : "wide"
    if (this.root.clientWidth && this.root.dataset.view !== view) {
      this.root.dataset.view = view
      this.rove()
    }
    this.edge()
  }

  // Whether stages lie beyond an edge of the strip.
  edge() {
    const { scrollLeft, scrollWidth, clientWidth } = this.strip
    this.strip.classList.toggle("before", scrollLeft > 1)
    this.strip.classList.toggle("after", scrollLeft + clientWidth < scrollWidth - 1)
  }

  get narrow() {
    return this.root.dataset.view === "narrow"
  }

  move(id, to) {
    const from = this.stageOf(id)
    if (from === undefined || from === to || !this.data.may_move) return
    const key = nonce()
    this.pending.set(id, { to, key })
    this.queue = this.queue.filter((one) => one.name !== "move" || one.value.id !== id)
    this.say(`Moving ${this.truth.get(id).card.name} to ${this.nameOf(to)}.`)
    this.draw()
    this.send("move", { id, to_stage: to, key })
  }

  send(name, value) {
    const same = (one) => one?.name === name && JSON.stringify(one.value) === JSON.stringify(value)
    if (same(this.sent) || this.queue.some(same)) return
    this.queue.push({ name, value })
    this.pump()
  }

  // One request at a time: the run of the next would end that of the one before.
  pump() {
    if (this.sent || !this.queue.length) return
    const { name, value } = this.queue.shift()
    this.sent = { name, value }
    if (name === "move") {
      const now = this.truth.get(value.id)
      if (!now || now.stage === value.to_stage) return this.answered()
      this.sent.value = { ...value, version: now.card.version, from_stage: now.stage }
    }
    this.watchApp()
    this.trigger(name, this.sent.value)
  }

  // A refusal can leave the data as they were, and then nothing new is shown: the app at rest is the answer.
  watchApp() {
    const app = document.querySelector(APP)
    let started = false
    let timer
    const look = () => {
      const resting = !app || app.dataset.testScriptState === "notRunning"
      started ||= !resting
      clearTimeout(timer)
      if (resting) timer = setTimeout(() => this.answered(), started ? RESTS_MS : LOST_MS)
    }
    const watch = new MutationObserver(look)
    if (app) watch.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] })
    this.unwatch = () => {
      watch.disconnect()
      clearTimeout(timer)
    }
    look()
  }

  answered() {
    this.unwatch?.()
    const { name, value } = this.sent
    this.sent = null
    if (name === "move" && this.pending.get(value.id)?.key === value.key) {
      this.pending.delete(value.id)
      const now = this.truth.get(value.id)
      const where = now?.stage === value.to_stage ? "is in" : "stays in"
      this.say(now ? `${now.card.name} ${where} ${this.nameOf(now.stage)}.` : "The deal has left this view.")
    }
    this.draw()
    this.pump()
  }

  stageOf(id) {
    return this.pending.get(id)?.to ?? this.truth.get(id)?.stage
  }

  nameOf(stage) {
    return this.data.columns.find((one) => one.id === stage)?.name ?? ""
  }

  say(text, stays = false) {
    this.said.textContent = text
    clearTimeout(this.telling)
    if (!stays) this.telling = setTimeout(() => (this.said.textContent = ""), TOLD_MS)
  }

  // Only what differs is drawn anew, so that scrolling and focus stay. Counts and sums remain the server's.
  draw() {
    const held = this.root.getRootNode().activeElement
    const card = held?.closest(".card")
    const neighbours = card ? [...card.parentElement.children] : []
    const placed = new Map(this.data.columns.map((stage) => [stage.id, []]))
    for (const [id, { card, stage }] of this.truth) {
      const to = this.stageOf(id)
      if (to === stage || !placed.has(to)) placed.get(stage).push(card)
      else placed.get(to).unshift(card)
    }
    forget(this.columns, placed)
    forget(this.cards, this.truth)
    reorder(this.strip, this.data.columns.map((stage) => this.columnOf(stage, placed.get(stage.id))))
    this.drawTabs()
    this.edge()
    this.rove()
    if (card) this.refocus(held, neighbours, neighbours.indexOf(card))
  }

  // A card that was moved in the page has lost the focus; one that has gone leaves it to its neighbour.
  refocus(held, neighbours, at) {
    if (this.root.getRootNode().activeElement === held && isSeen(held)) return
    const near = [...neighbours.slice(at + 1), ...neighbours.slice(0, at).reverse()].filter(isSeen)
    const next = isSeen(held) ? held : (near[0]?.querySelector(".open") ?? this.tabs.querySelector('[aria-selected="true"]'))
    next?.focus({ preventScroll: true })
    next?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }

  columnOf(stage, cards) {
    const made = this.columns.get(stage.id) ?? newColumn(stage.id)
    this.columns.set(stage.id, made)
    const { cards: _, ...head } = stage
    const { columns: __, ...texts } = this.data
    redraw(made, [head, texts, !cards.length], () => fillColumn(made, stage, texts, !cards.length))
    made.box.classList.toggle("shown", stage.id === this.shown)
    reorder(made.list, cards.map((card) => this.cardOf(card)))
    return made.box
  }

  cardOf(card) {
    const made = this.cards.get(card.id) ?? newCard(card.id)
    this.cards.set(card.id, made)
    redraw(made, [card, this.data.may_move], () => fillCard(made, card, this.data.may_move))
    made.box.classList.toggle("pending", this.pending.has(card.id))
    made.box.classList.toggle("lifted", this.hands.holds(card.id))
    return made.box
  }

  drawTabs() {
    const tabs = this.data.columns.map((stage) => {
      const made = this.columns.get(stage.id)
      made.tab.setAttribute("aria-selected", stage.id === this.shown)
      made.tab.tabIndex = stage.id === this.shown ? 0 : -1
      return made.tab
    })
    reorder(this.tabs, tabs)
  }

  turnTo(stage) {
    this.shown = stage
    for (const [id, { box }] of this.columns) box.classList.toggle("shown", id === stage)
    this.drawTabs()
    this.columns.get(stage).tab.scrollIntoView({ block: "nearest", inline: "nearest" })
    this.rove()
  }

  // Tab leads to one card; where that is not shown, to the first that is.
  rove(id = this.current) {
    const shown = (one) => one && (!this.narrow || one.box.closest(".column").classList.contains("shown"))
    const first = () => [...this.root.querySelectorAll(".card")].find((box) => shown({ box }))
    const box = shown(this.cards.get(id)) ? this.cards.get(id).box : first()
    for (const one of this.root.querySelectorAll('.card [tabindex="0"]')) one.tabIndex = -1
    for (const one of box?.querySelectorAll("button") ?? []) one.tabIndex = 0
    this.current = box ? Number(box.dataset.id) : null
  }
}

// Random also where the page is no secure context, unlike randomUUID.
function nonce() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

function redraw(made, seen, fill) {
  const said = JSON.stringify(seen)
  if (made.drawn === said) return
  made.drawn = said
  fill()
}

function forget(made, wanted) {
  for (const [id, one] of made) {
    if (wanted.has(id)) continue
    one.box.remove()
    made.delete(id)
  }
}

function reorder(parent, children) {
  children.forEach((child, at) => parent.children[at] === child || parent.insertBefore(child, parent.children[at] ?? null))
  while (parent.children.length > children.length) parent.lastElementChild.remove()
}

function isSeen(one) {
  return one.isConnected && one.getClientRects().length > 0
}
