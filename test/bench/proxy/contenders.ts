import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleCountryDatabasePath } from '../../../src/signals/geo-sample.ts'
import { findProgram } from '../../support/system-packages.ts'
import { CONTENDER_CORE, startServer, type Server } from './cores.ts'
import { layOutGuard } from './guard-setup.ts'

/** A proxy to measure; `start` answers why where it cannot be started here. */
export type Contender = {
  readonly name: string
  readonly start: (upstreamUrl: string) => Promise<Server | { readonly unavailable: string }>
  /** Headers the load must add for this one. */
  readonly headers?: (upstreamUrl: string) => { readonly [name: string]: string }
}

const HERE = new URL('./', import.meta.url).pathname
/** Peers with dependencies of their own, which are not the project's. */
const PEERS = join(HERE, 'contenders')
const ROOT = new URL('../../../', import.meta.url).pathname
const NODE = process.execPath

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** The peers from the registry are installed on first use, outside of the project's own dependencies. */
const installPeers = (): void => {
  if (existsSync(join(PEERS, 'node_modules'))) return
  process.stderr.write('installing the peers of the benchmark…\n')
  execFileSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: PEERS,
    stdio: 'inherit',
  })
}

const node = (script: string) => (upstreamUrl: string) =>
  startServer(CONTENDER_CORE, [NODE, join(HERE, script), upstreamUrl])

const nginx = async (upstreamUrl: string): Promise<Server | { unavailable: string }> => {
  if (findProgram(['nginx']) === undefined) return { unavailable: 'nginx is not installed' }
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'stillwatch-nginx-'))
  const module = '/usr/lib/nginx/modules/ngx_http_geoip2_module.so'
  const geo = existsSync(module)
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${geo ? `load_module ${module};` : ''}
worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log ${folder}/access.log;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  keepalive_requests 1000000000;
  ${geo ? `geoip2 ${sampleCountryDatabasePath()} { $country source=$http_x_forwarded_for country_code; }` : ''}
  limit_req_zone $http_authorization zone=keys:32m rate=100000r/s;
  upstream model { server ${upstreamUrl.slice('http://'.length)}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      limit_req zone=keys burst=100000 nodelay;
      ${geo ? 'if ($country = KP) { return 403; }' : ''}
      proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection "";
    }
  }
}`,
  )
  return startServer(CONTENDER_CORE, ['nginx', '-c', join(folder, 'nginx.conf'), '-p', folder], {
    url: `http://127.0.0.1:${port}`,
  })
}

const haproxy = async (upstreamUrl: string): Promise<Server | { unavailable: string }> => {
  if (findProgram(['haproxy']) === undefined) return { unavailable: 'haproxy is not installed' }
  const port = await freePort()
  const file = join(mkdtempSync(join(tmpdir(), 'stillwatch-haproxy-')), 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  nbthread 1
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
frontend api
  bind 127.0.0.1:${port}
  stick-table type string len 64 size 1m expire 1m store http_req_rate(10s)
  http-request track-sc0 req.hdr(authorization)
  http-request deny deny_status 429 if { sc_http_req_rate(0) gt 100000000 }
  default_backend model
backend model
  http-reuse always
  server model ${upstreamUrl.slice('http://'.length)}
`,
  )
  return startServer(CONTENDER_CORE, ['haproxy', '-f', file, '-db'], {
    url: `http://127.0.0.1:${port}`,
  })
}

const portkey = async (): Promise<Server | { unavailable: string }> => {
  installPeers()
  const port = await freePort()
  const script = join(PEERS, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  return startServer(CONTENDER_CORE, [NODE, script, `--port=${port}`, '--headless'], {
    url: `http://127.0.0.1:${port}`,
    env: { TRUSTED_CUSTOM_HOSTS: '127.0.0.1' },
  })
}

/** All contenders, the runtime's limit first. */
export const CONTENDERS: readonly Contender[] = [
  { name: 'bare Hono + undici', start: node('bare.ts') },
  {
    name: 'Stillwatch',
    start: (upstreamUrl) => {
      const { file, about } = layOutGuard(upstreamUrl)
      process.stderr.write(`Stillwatch: ${about}\n`)
      return startServer(CONTENDER_CORE, [
        NODE,
        join(ROOT, 'src/stillwatch.js'),
        'serve',
        '--config',
        file,
      ])
    },
  },
  {
    name: '@fastify/http-proxy',
    start: (upstreamUrl) => {
      installPeers()
      return node('contenders/fastify-http-proxy.js')(upstreamUrl)
    },
  },
  { name: 'hono/proxy', start: node('hono-proxy.ts') },
  {
    name: 'Portkey gateway',
    start: portkey,
    headers: (upstreamUrl) => ({
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `${upstreamUrl}/v1`,
    }),
  },
  { name: 'nginx geoip2 + limit_req', start: nginx },
  { name: 'HAProxy stick tables', start: haproxy },
]

/** Whether a process can be pinned, in words for the report. */
export const pinningNote = (pinned: boolean): string =>
  pinned
    ? 'contender alone on core 0; upstream and load share core 1'
    : `not pinned (${spawnSync('uname', ['-s'], { encoding: 'utf8' }).stdout.trim()} without taskset or with one core)`
