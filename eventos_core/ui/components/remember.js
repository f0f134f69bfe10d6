// Remembers the page asked for while the browser goes to an identity provider and comes back to the first page.
export default function () {
  const { pathname, search } = window.location
  if (pathname !== "/" || search) sessionStorage.setItem("eventos_back", pathname + search)
}
