// Posts JSON to this very site and then loads a page: how a page that runs over a WebSocket gets a cookie set.
const sent = new WeakMap()

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  if (!data || sent.get(parentElement) === data.once) return
  sent.set(parentElement, data.once)
  fetch(data.url, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(data.body),
  })
    .then((response) => {
      if (!response.ok) return setTriggerValue("refused", response.status)
      const noted = data.back && sessionStorage.getItem("eventos_back")
      sessionStorage.removeItem("eventos_back")
      const go = noted || data.go
      // Only a path of this site: never an address that came from outside.
      if (go && /^\/(?![/\\])/.test(go)) window.location.assign(go)
      else window.location.reload()
    })
    .catch(() => setTriggerValue("refused", 0))
}
