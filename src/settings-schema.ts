import { z } from 'zod'
import { createTrustedProxies } from './guard/trusted-proxies.ts'
import { accountsSettings } from './settings-accounts.ts'
import { campaignsSettings } from './settings-campaigns.ts'
import { challengesSettings } from './settings-challenges.ts'
import { pressureSettings } from './settings-pressure.ts'
import { pricesSettings } from './settings-prices.ts'
import { storeSettings } from './settings-store.ts'
import { duration, httpUrl, size } from './settings-values.ts'

/** A port in its range; zod's pattern alone would let 99999 through. */
const hasPort = (text: string): boolean => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535

const listen = z
  .string()
  .regex(
    /^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/,
    'not an address; write host:port, such as 0.0.0.0:8080',
  )
  .refine(hasPort, 'not a port; write 0 to 65535')
  .describe('host:port; port 0 picks a free one')

/** What is wrong with a block of trusted proxies, in the words of the part that reads it. */
const flawOfProxy = (cidr: string): string | undefined => {
  try {
    createTrustedProxies([cidr])
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^trusted_proxies: /, '') : 'not a block'
  }
}

const proxy = z.string().check((context) => {
  const flaw = flawOfProxy(context.value)
  if (flaw === undefined) return
  const message = flaw.includes('; ') ? flaw : `${flaw}; write a block such as 10.0.0.0/8`
  context.issues.push({ code: 'custom', message, input: context.value })
})

const dialect = z.enum(['openai', 'anthropic', 'gemini'])

const upstream = z.strictObject({
  id: z.string().regex(/^[\w.-]{1,64}$/, 'not an id; use letters, digits, dot, dash, underscore'),
  url: httpUrl.describe('base URL; a path in it is put before the path of the call'),
  dialect,
  models: z
    .array(z.string().min(1))
    .min(1)
    .default(['*'])
    .describe('models it serves; * stands for any text'),
  paths: z
    .array(z.string().startsWith('/'))
    .min(1)
    .optional()
    .describe('paths it serves; all by default'),
  credential: z
    .string()
    .min(1)
    .default('pass')
    .describe('pass forwards the credential of the caller; anything else is sent in its place'),
  timeouts: z
    .strictObject({
      connect: duration.prefault('5s'),
      first_byte: duration.prefault('10m'),
      idle: duration.prefault('5m'),
    })
    .prefault({}),
  connections: z.int().min(1).max(100_000).default(1024).describe('connections to it at most'),
})

const database = z.string().min(1).nullable().default(null).describe('a MaxMind DB file')

/** Shape of `config/guard.yaml`. Unknown keys are problems. */
export const settingsSchema = z.strictObject({
  version: z.literal(1),
  listen: listen.default('127.0.0.1:8080'),
  admin: z
    .strictObject({
      listen: listen.default('127.0.0.1:9090'),
      hosts: z
        .array(z.string().min(1))
        .default([])
        .describe('further host names the admin listener answers to'),
      confirm_above: z
        .int()
        .min(0)
        .max(1_000_000_000)
        .default(0)
        .describe('proven entities that a change may newly refuse without being confirmed'),
      tokens: z
        .array(
          z.strictObject({
            name: z
              .string()
              .regex(/^[\w.-]{1,64}$/, 'not a name; use letters, digits, dot, dash, underscore'),
            role: z.enum(['viewer', 'operator']),
            token: z.string().min(16, 'too short to be safe; write at least 16 characters'),
          }),
        )
        .default([]),
    })
    .prefault({}),
  data_dir: z.string().min(1).default('../data').describe('where state is kept'),
  trusted_proxies: z
    .array(proxy)
    .default([])
    .describe('CIDRs of proxies whose forwarding headers count'),
  upstreams: z.array(upstream).min(1),
  accounts: accountsSettings.prefault({}),
  disposable_domains: z
    .string()
    .min(1)
    .optional()
    .describe('a file of e-mail domains for throw-away addresses, one a line'),
  geoip: z
    .strictObject({
      country: z
        .string()
        .min(1)
        .nullable()
        .default('sample')
        .describe('a MaxMind DB file, or sample for the packaged sample data'),
      asn: database,
      anonymous: database,
      residential_proxy: database,
    })
    .prefault({}),
  lists: z
    .array(
      z.strictObject({
        file: z.string().min(1),
        kind: z.enum([
          'residential',
          'mobile',
          'hosting',
          'vpn',
          'proxy',
          'residential_proxy',
          'relay',
          'tor',
        ]),
        provider: z.string().min(1).optional(),
      }),
    )
    .default([]),
  policies: z.array(z.string().min(1)).min(1).default(['policies/*.yaml']),
  routes: z.strictObject({ unknown: z.enum(['refuse', 'forward']).default('refuse') }).prefault({}),
  max_connections: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('connections open to the guard at a time, in each worker'),
  workers: z
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe('processes that share the work; the cores of the machine at most'),
  secret: z
    .string()
    .min(32, 'too short to be safe; write at least 32 characters')
    .optional()
    .describe('every keyed hash derives from it; the same on all replicas of a fleet'),
  bodies: z
    .strictObject({
      max: size.prefault('32MB'),
      max_upload: size.prefault('512MB'),
      buffered: size
        .prefault('512MB')
        .describe('memory that all bodies under way may fill together'),
    })
    .prefault({}),
  ask_for_usage: z.boolean().default(true),
  models: z
    .array(
      z.strictObject({
        match: z.string().min(1),
        default_output_tokens: z.int().min(1).max(10_000_000),
        max_output_tokens: z
          .int()
          .min(1)
          .max(10_000_000)
          .default(32_768)
          .describe('reserved for a background call without a cap of its own'),
      }),
    )
    .prefault([{ match: '*', default_output_tokens: 1024 }])
    .describe('output reserved for a call without a cap of its own; the first match counts'),
  limits: z
    .strictObject({ max_keys: z.int().min(1000).max(16_000_000).default(1_000_000) })
    .prefault({}),
  decisions: z
    .strictObject({
      addresses: z.enum(['full', 'network', 'hash']).default('network'),
      retain: size.prefault('2GB').describe('size of all segments together'),
    })
    .prefault({}),
  store: storeSettings,
  prices: pricesSettings.default([]),
  campaigns: campaignsSettings.prefault({}),
  challenges: challengesSettings.prefault({}),
  pressure: pressureSettings.prefault({}),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') })
    .prefault({}),
  drain: duration.prefault('60s').describe('how long calls may finish after SIGTERM'),
})

/** Settings as the parts read them: sizes in bytes, durations in milliseconds, defaults filled in. */
export type SettingsValue = z.output<typeof settingsSchema>

/** The JSON Schema editors use. */
export const settingsJsonSchema = (): unknown =>
  z.toJSONSchema(settingsSchema, { target: 'draft-07', io: 'input' })
