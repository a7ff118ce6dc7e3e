import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../support/system-packages.ts'
import { LOAD_CORE, startServer, type Server } from './cores.ts'

const ANSWER = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_770_000_000,
  model: 'chat-large',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'A short answer of a few words. '.repeat(6) },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 31, completion_tokens: 42, total_tokens: 73 },
})

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })

const configOf = (folder: string, port: number): string => `
daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 120s;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    location / { default_type application/json; return 200 '${ANSWER}'; }
  }
}
`

/** The cheapest upstream there is here: nginx with a fixed answer, or the one of Node.js without it. */
export const startCheapUpstream = async (): Promise<Server & { readonly about: string }> => {
  const nginx = findProgram(['nginx'])
  if (nginx === undefined) {
    const file = new URL('./upstream.ts', import.meta.url).pathname
    return { ...(await startServer(LOAD_CORE, [process.execPath, file])), about: 'Node.js' }
  }
  const folder = mkdtempSync(join(tmpdir(), 'stillwatch-bench-nginx-'))
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configOf(folder, port))
  const url = `http://127.0.0.1:${port}`
  const server = await startServer(LOAD_CORE, [nginx, '-p', folder, '-c', file], { url })
  return { ...server, about: 'nginx' }
}
