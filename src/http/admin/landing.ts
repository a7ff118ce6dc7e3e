import type { AdminResource } from './resource.ts'

const OPEN = [
  ['GET', '/livez', 'whether the process runs'],
  ['GET', '/readyz', 'whether it takes calls, and what is degraded'],
  ['GET', '/metrics', 'Prometheus text format; no token'],
] as const

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

/** The page at `/`: what this listener serves, as JSON and as HTML without a script. */
export const createLanding = (options: {
  readonly version: string
  readonly prefix: string
  readonly resources: readonly AdminResource[]
}): { readonly json: object; readonly html: string } => {
  const { version, prefix, resources } = options
  const endpoints = [
    ...OPEN.map(([method, path, says]) => ({ method, path, role: undefined, says })),
    ...resources.map(({ method, path, role, says }) => ({
      method,
      path: prefix + path.replace(/:(\w+)/g, '{$1}'),
      role,
      says,
    })),
  ]
  const rows = endpoints.map(
    ({ method, path, role, says }) =>
      `<tr><td>${method}</td><td>${escaped(path)}</td><td>${role ?? ''}</td><td>${escaped(says)}</td></tr>`,
  )
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Stillwatch</title><h1>Stillwatch ${escaped(version)}</h1><table><thead><tr><th>method<th>path<th>role<th>answers</thead><tbody>${rows.join('')}</tbody></table></html>\n`
  return { json: { name: 'stillwatch', version, endpoints }, html }
}
