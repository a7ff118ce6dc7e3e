/** Host and port of an address as the settings write it; brackets of IPv6 taken off. */
export const hostAndPort = (text: string): { readonly host: string; readonly port: number } => {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

/** A bound address as the settings would write it. */
export const addressText = ({ address, port }: { address: string; port: number }): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`

/** URL of a bound address; one that listens everywhere is shown as loopback. */
export const urlOf = ({ address, port }: { address: string; port: number }): string => {
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address
  return `http://${addressText({ address: host, port })}`
}
