/** Hono's own proxy helper over fetch. */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'

const upstream = process.argv[2] ?? ''
const app = new Hono()
app.all('*', (c) =>
  proxy(new URL(new URL(c.req.url).pathname, upstream), {
    method: c.req.method,
    headers: c.req.header(),
    body: c.req.raw.body,
  }),
)
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, (address) => {
  process.stdout.write(`http://127.0.0.1:${address.port}\n`)
})
