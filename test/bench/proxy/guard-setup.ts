import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { sharedPath } from '../../support/shared-data.ts'
import { credentialOf, CUSTOMERS } from './load.ts'

const CONFIG = new URL('../../../config/', import.meta.url).pathname
const RULES = 40
const DAY_MS = 86_400_000

/**
 * A folder with the full default policy, filled up to forty rules by ordinary ones that never match, its
 * limits widened so that a load of one machine fits, a thousand known customers, and every database and
 * list there is on this machine.
 */
export const layOutGuard = (
  upstreamUrl: string,
): { readonly file: string; readonly about: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'stillwatch-bench-guard-'))
  cpSync(join(CONFIG, 'policies'), join(folder, 'policies'), { recursive: true })
  mkdirSync(join(folder, 'lists'))
  let rules = 0
  let limits = 0
  for (const name of readdirSync(join(folder, 'policies'))) {
    const file = join(folder, 'policies', name)
    if (name.endsWith('.cases.yaml')) continue
    const text = readFileSync(file, 'utf8')
    limits += text.match(/^ +quota:/gm)?.length ?? 0
    rules += text.match(/^ +then:/gm)?.length ?? 0
    writeFileSync(file, text.replaceAll(/quota: \d+/g, 'quota: 9000000000'))
  }
  const more = Array.from({ length: Math.max(0, RULES - rules) }, (_, at) => ({
    id: `bench-${at}`,
    when: `account.age_days < 7.0 && ip.kind == "hosting" && velocity.networks_1h > ${at + 5}.0 || request.model.startsWith("model-${at}-") && !(ip.country in ["US", "CA"])`,
    then: 'deny',
  }))
  writeFileSync(join(folder, 'policies/50-bench.yaml'), stringify({ version: 1, rules: more }))
  const nowMs = Date.now()
  const accounts = Array.from({ length: CUSTOMERS }, (_, at) =>
    JSON.stringify({
      id: `acct_${at}`,
      credentials: [credentialOf(at)],
      created_at: nowMs - (30 + (at % 400)) * DAY_MS,
      signup: { at: nowMs - (30 + (at % 400)) * DAY_MS, email_pattern: 'xxxx@company.example' },
      settled: [
        { at: nowMs - 20 * DAY_MS, usd: 50 },
        { at: nowMs - 10 * DAY_MS, usd: 50 },
      ],
      account: { status: 'active', verified: 'email', active_days: 40, country: 'DE', plan: 'pro' },
      payment: { status: 'card', country: 'DE', funding: 'credit', disputes: 0 },
    }),
  )
  writeFileSync(join(folder, 'accounts.jsonl'), `${accounts.join('\n')}\n`)
  const asn = sharedPath('ip/mmdb-test/GeoLite2-ASN-Test.mmdb')
  const anonymous = sharedPath('ip/mmdb-test/GeoIP2-Anonymous-IP-Test.mmdb')
  const hosting = sharedPath('ip/datacenter_ipv4.txt.gz')
  const settings = {
    version: 1,
    listen: '127.0.0.1:0',
    admin: { listen: '127.0.0.1:0' },
    data_dir: 'data',
    trusted_proxies: ['127.0.0.1/32'],
    upstreams: [{ id: 'main', url: upstreamUrl, dialect: 'openai', connections: 256 }],
    accounts: { file: 'accounts.jsonl' },
    geoip: { country: 'sample', ...(asn && { asn }), ...(anonymous && { anonymous }) },
    lists: hosting === undefined ? [] : [{ file: hosting, kind: 'hosting' }],
    policies: ['policies/*.yaml'],
    drain: '1s',
  }
  const file = join(folder, 'guard.yaml')
  writeFileSync(file, stringify(settings))
  return {
    file,
    about: `${rules + more.length} rules, ${limits} limits, ${CUSTOMERS} accounts, country${asn ? ', ASN' : ''}${anonymous ? ', anonymity' : ''} databases${hosting ? ', 42,000 hosting networks' : ''}, decision log`,
  }
}
