// Hands on the deal board. Keyboard: arrows walk from card to card, Enter opens; Space picks a card up, arrows choose its
// stage, Space drops it, Escape lets it be. A mouse drags, a finger after a long press. Each card has a menu as well,
// which is the way where only one stage is shown.
const APART = 6 // pixels from which a press is a drag
const PRESS_MS = 400
const EDGE = 56
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }

class Hands {
  constructor(board) {
    this.board = board
    this.root = board.root
    this.drag = null // the card under the pointer: {id, x, y, to, ghost, …}
    this.carried = null // the card picked up by keyboard: {id, to}
    this.menuOf = null // the deal whose menu is open
    this.stood = null // where its button was then
    this.menu = element("div", "choices", { role: "menu", popover: "manual" })
    this.root.append(this.menu)
    this.stop = new AbortController()
    const on = (target, name, heard, more) => target.addEventListener(name, heard, { signal: this.stop.signal, ...more })
    on(this.root, "click", (event) => this.onClick(event))
    on(this.root, "keydown", (event) => this.onKey(event))
    // Firefox presses a button when Space is let go, whatever was done with the key before.
    on(this.root, "keyup", (event) => event.key === " " && this.picks(event.target) && event.preventDefault())
    on(this.root, "focusin", ({ target }) => this.idOf(target) !== null && board.rove(this.idOf(target)))
    on(this.root, "focusout", () => this.carried && this.putDown(false))
    on(this.root, "pointerdown", (event) => this.onDown(event))
    on(this.root, "dragstart", (event) => event.preventDefault())
    on(this.root, "touchmove", (event) => this.drag?.ghost && event.preventDefault(), { passive: false })
    on(this.root, "contextmenu", (event) => this.drag?.touch && event.preventDefault())
    on(window, "pointerdown", (event) => this.isOutside(event) && this.shut(false), { capture: true })
    on(window, "scroll", (event) => this.isOutside(event) && this.hasMoved() && this.shut(false), { capture: true })
  }

  leave() {
    this.stop.abort()
    this.endDrag()
  }

  // After new data: what is held may have gone, or may no longer be moved.
  check() {
    const { data, truth } = this.board
    const lost = (id) => !data.may_move || !truth.has(id)
    if (this.drag && lost(this.drag.id)) this.endDrag()
    if (this.carried && lost(this.carried.id)) this.putDown(false)
    if (this.menuOf !== null && lost(this.menuOf)) this.shut(false)
  }

  holds(id) {
    return this.carried?.id === id || Boolean(this.drag?.ghost && this.drag.id === id)
  }

  idOf(target) {
    const card = target.closest?.(".card")
    return card ? Number(card.dataset.id) : null
  }

  picks(target) {
    return this.board.data.may_move && target.matches(".open")
  }

  onClick(event) {
    const pressed = event.target.closest("button")
    if (!pressed || this.dragged) return
    const stage = Number(pressed.closest("[data-stage]")?.dataset.stage)
    const id = this.idOf(pressed)
    if (pressed.matches(".open")) this.board.send("open", { id })
    else if (pressed.matches(".more")) this.board.send("more", { stage_id: stage })
    else if (pressed.matches(".add")) this.board.send("add", { stage_id: stage })
    else if (pressed.matches(".tab")) this.board.turnTo(stage)
    else if (pressed.matches(".menu")) this.menuOf === id ? this.shut() : this.choose(id)
    else if (pressed.matches(".choice")) this.chosen(stage)
  }

  onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const { target } = event
    if (target.matches(".choice")) this.onMenuKey(event)
    else if (this.carried) this.onCarryKey(event)
    else if (target.matches(".tab")) this.onTabKey(event)
    else if (event.key === " " && this.picks(target)) this.pickUp(event)
    else if (target.matches(".open, .more")) this.walk(event)
  }

  // Walking

  walk(event) {
    const column = event.target.closest(".column")
    const stops = (one) => [...one.querySelectorAll(".open, .more:not([hidden])")]
    const here = stops(column)
    const at = here.indexOf(event.target)
    let next = { ArrowUp: here[at - 1], ArrowDown: here[at + 1], Home: here[0], End: here.at(-1) }[event.key]
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const filled = [...this.root.querySelectorAll(".column")].filter((one) => one === column || stops(one).length)
      const there = filled[filled.indexOf(column) + STEPS[event.key]]
      next = there && stops(there)[Math.min(at, stops(there).length - 1)]
      if (there && this.board.narrow) this.board.turnTo(Number(there.dataset.stage))
    } else if (!["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return
    event.preventDefault()
    if (!next) return
    next.focus({ preventScroll: true })
    ;(next.closest(".card") ?? next).scrollIntoView({ block: "nearest", inline: "nearest" })
  }

  onTabKey(event) {
    const tabs = [...this.root.querySelectorAll(".tab")]
    const at = tabs.indexOf(event.target)
    const next = { Home: tabs[0], End: tabs.at(-1) }[event.key] ?? tabs[at + STEPS[event.key]]
    if (!(event.key in STEPS || event.key === "Home" || event.key === "End")) return
    event.preventDefault()
    if (!next) return
    this.board.turnTo(Number(next.dataset.stage))
    next.focus()
  }

  // Carrying

  pickUp(event) {
    event.preventDefault()
    const id = this.idOf(event.target)
    const from = this.board.stageOf(id)
    this.carried = { id, to: from }
    this.board.cards.get(id).box.classList.add("lifted")
    this.root.classList.add("carrying")
    const { card } = this.board.truth.get(id)
    this.board.say(`${card.name} picked up in ${this.placeOf(from)}. Arrow keys choose a stage, Space drops, Escape cancels.`, true)
  }

  onCarryKey(event) {
    const stages = this.board.data.columns.map((stage) => stage.id)
    const at = stages.indexOf(this.carried.to)
    const next = { Home: stages[0], End: stages.at(-1) }[event.key] ?? stages[at + STEPS[event.key]]
    if (event.key === "Tab") return
    event.preventDefault()
    event.stopPropagation()
    if (event.key === "Escape") this.putDown(false)
    else if (event.key === " " || event.key === "Enter") this.putDown(!event.repeat)
    else if (next !== undefined && next !== this.carried.to) {
      const { id } = this.carried
      this.carried.to = next
      const stays = next === this.board.stageOf(id)
      this.aim(stays ? null : next)
      this.board.say(`${this.placeOf(next)}${stays ? ", where it is" : ""}. Space drops, Escape cancels.`, true)
    }
  }

  putDown(drops) {
    const { id, to } = this.carried
    this.carried = null
    this.board.cards.get(id)?.box.classList.remove("lifted")
    this.root.classList.remove("carrying")
    this.aim(null)
    const stage = this.board.stageOf(id)
    if (drops && to !== stage) this.board.move(id, to)
    else this.board.say(stage === undefined ? "" : `${this.board.truth.get(id).card.name} stays in ${this.board.nameOf(stage)}.`)
  }

  placeOf(id) {
    const stages = this.board.data.columns
    const at = stages.findIndex((stage) => stage.id === id)
    return `${stages[at].name}, stage ${at + 1} of ${stages.length}, ${counted(stages[at])}`
  }

  // The column that would take the card now.
  aim(stage) {
    for (const [id, { box, tab }] of this.board.columns) {
      box.classList.toggle("target", id === stage)
      tab.classList.toggle("target", id === stage)
      if (id !== stage || this.drag) continue
      box.scrollIntoView({ block: "nearest", inline: "nearest" })
      tab.scrollIntoView({ block: "nearest", inline: "nearest" })
    }
  }

  // Menu

  choose(id) {
    const { data, cards, truth } = this.board
    const { menu: opener } = cards.get(id)
    this.shut(false)
    const here = this.board.stageOf(id)
    const choices = data.columns.filter((stage) => stage.id !== here).map((stage) => {
      const made = button("choice", stage.kind === "open" ? "" : icon(stage.kind), element("span", "line", {}, stage.name))
      made.setAttribute("role", "menuitem")
      made.tabIndex = -1
      made.title = stage.name
      made.dataset.stage = stage.id
      return made
    })
    const name = truth.get(id).card.name
    this.menu.setAttribute("aria-label", `Move ${name} to`)
    this.menu.replaceChildren(element("div", "asks", { "aria-hidden": "true" }, "Move to"), ...choices)
    this.menuOf = id
    opener.setAttribute("aria-expanded", "true")
    this.menu.showPopover()
    const by = this.stood = opener.getBoundingClientRect()
    const { offsetWidth: width, offsetHeight: height } = this.menu
    const below = by.bottom + 4 + height <= window.innerHeight || by.top < height
    this.menu.style.left = `${Math.max(8, Math.min(by.right - width, window.innerWidth - width - 8))}px`
    this.menu.style.top = `${Math.max(8, below ? Math.min(by.bottom + 4, window.innerHeight - height - 8) : by.top - height - 4)}px`
    choices[0]?.focus({ preventScroll: true })
  }

  onMenuKey(event) {
    const choices = [...this.menu.querySelectorAll(".choice")]
    const at = choices.indexOf(event.target)
    const around = (by) => choices.at((at + by) % choices.length)
    let next = { ArrowDown: around(1), ArrowUp: around(-1), Home: choices[0], End: choices.at(-1) }[event.key]
    if (event.key.length === 1 && event.key !== " ") {
      event.stopPropagation() // the app has letters of its own
      const after = [...choices.slice(at + 1), ...choices.slice(0, at + 1)]
      next = after.find((one) => one.textContent.toLowerCase().startsWith(event.key.toLowerCase()))
    }
    if (event.key === "Tab") this.shut()
    if (event.key === "Escape") {
      event.preventDefault()
      event.stopPropagation()
      this.shut()
    } else if (next) {
      event.preventDefault()
      next.focus()
    }
  }

  chosen(stage) {
    const id = this.menuOf
    this.shut(false)
    this.board.cards.get(id)?.open.focus({ preventScroll: true })
    this.board.move(id, stage)
  }

  shut(goesBack = true) {
    if (this.menuOf === null) return
    const opener = this.board.cards.get(this.menuOf)?.menu
    this.menuOf = null
    this.menu.hidePopover()
    opener?.setAttribute("aria-expanded", "false")
    if (goesBack) opener?.focus({ preventScroll: true })
  }

  // The button of the open menu answers for itself.
  isOutside(event) {
    if (this.menuOf === null) return false
    const path = event.composedPath()
    return !path.includes(this.menu) && !path.includes(this.board.cards.get(this.menuOf)?.menu)
  }

  // The end of a scroll is told after a press that followed it, when nothing moves any more.
  hasMoved() {
    const { left, top } = this.board.cards.get(this.menuOf).menu.getBoundingClientRect()
    return Math.abs(left - this.stood.left) > 1 || Math.abs(top - this.stood.top) > 1
  }

  // Dragging

  onDown(event) {
    const touch = event.pointerType === "touch"
    const id = this.idOf(event.target)
    if (id === null || event.button !== 0 || this.drag || event.target.closest(".menu")) return
    if (!this.board.data.may_move || this.board.narrow) return
    const stop = new AbortController()
    const { pointerId, clientX, clientY } = event
    this.drag = { id, touch, pointerId, x: clientX, y: clientY, from: [clientX, clientY], to: null, ghost: null, stop }
    if (touch) this.drag.waits = setTimeout(() => this.lift(), PRESS_MS)
    const on = (name, heard) => window.addEventListener(name, heard, { signal: stop.signal, capture: true })
    on("pointermove", (moved) => this.onMove(moved))
    on("pointerup", (up) => up.pointerId === pointerId && this.release())
    on("pointercancel", (gone) => gone.pointerId === pointerId && this.endDrag())
    on("blur", (away) => away.target === window && this.endDrag())
    on("keydown", (key) => {
      if (key.key !== "Escape" || !this.drag.ghost) return
      key.preventDefault()
      key.stopImmediatePropagation()
      this.board.say(`${this.board.truth.get(id).card.name} stays in ${this.board.nameOf(this.board.stageOf(id))}.`)
      this.endDrag()
    })
  }

  onMove(event) {
    const { drag } = this
    if (event.pointerId !== drag.pointerId) return
    Object.assign(drag, { x: event.clientX, y: event.clientY })
    if (drag.ghost) return this.follow()
    if (Math.hypot(drag.x - drag.from[0], drag.y - drag.from[1]) < APART) return
    if (drag.touch) this.endDrag() // a finger that moves at once scrolls
    else this.lift()
  }

  lift() {
    const { drag } = this
    const { box } = this.board.cards.get(drag.id)
    const { left, top, width } = box.getBoundingClientRect()
    drag.ghost = box.cloneNode(true)
    Object.assign(drag, { dx: drag.from[0] - left, dy: drag.from[1] - top })
    drag.ghost.classList.add("ghost")
    drag.ghost.inert = true
    drag.ghost.popover = "manual"
    drag.ghost.removeAttribute("data-id")
    drag.ghost.style.width = `${width}px`
    this.root.append(drag.ghost)
    drag.ghost.showPopover()
    box.classList.add("lifted")
    this.root.classList.add("dragging")
    this.root.setPointerCapture(drag.pointerId)
    window.getSelection()?.removeAllRanges()
    this.follow()
    const roll = () => {
      if (this.drag !== drag) return
      if (this.rollEdges()) this.follow()
      requestAnimationFrame(roll)
    }
    requestAnimationFrame(roll)
  }

  follow() {
    const { ghost, x, y, dx, dy, id } = this.drag
    ghost.style.transform = `translate(${x - dx}px, ${y - dy}px)`
    const stage = this.stageAt(x, y)
    this.drag.to = stage === this.board.stageOf(id) ? null : stage
    this.aim(this.drag.to)
  }

  stageAt(x, y) {
    const around = this.board.strip.getBoundingClientRect()
    if (y < around.top - EDGE || y > around.bottom + EDGE) return null
    for (const [stage, { box }] of this.board.columns) {
      const { left, right } = box.getBoundingClientRect()
      if (x >= left && x <= right) return stage
    }
    return null
  }

  // Near an edge the strip of columns rolls sideways, and the column below the pointer up and down.
  rollEdges() {
    const { x, y } = this.drag
    const speed = (at, from, to) => (at < from + EDGE ? -1 : at > to - EDGE ? 1 : 0) * 12
    const { strip } = this.board
    const body = this.board.columns.get(this.stageAt(x, y))?.body
    const across = strip.getBoundingClientRect()
    const before = strip.scrollLeft
    strip.scrollLeft += speed(x, across.left, across.right)
    if (body) {
      const { top, bottom } = body.getBoundingClientRect()
      body.scrollTop += speed(y, top, bottom)
    }
    return strip.scrollLeft !== before
  }

  release() {
    const { id, to, ghost } = this.drag
    this.endDrag()
    // The press that ends a drag is no press on the card.
    if (ghost) {
      this.dragged = true
      setTimeout(() => (this.dragged = false), 0)
    }
    if (to !== null) this.board.move(id, to)
  }

  endDrag() {
    const { drag } = this
    if (!drag) return
    this.drag = null
    drag.stop.abort()
    clearTimeout(drag.waits)
    drag.ghost?.remove()
    this.board.cards.get(drag.id)?.box.classList.remove("lifted")
    this.root.classList.remove("dragging")
    this.aim(null)
  }
}
