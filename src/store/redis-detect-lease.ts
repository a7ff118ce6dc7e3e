import { randomBytes } from 'node:crypto'
import type { RedisConnection } from './redis-connection.ts'
import type { DetectKeys } from './redis-detect-keys.ts'
import { scriptText } from './script.ts'

/**
 * Takes the lease where nobody holds it: its number, 0 where somebody does. Something else under its keys
 * is removed. KEYS lease, fence; ARGV holder, milliseconds of the lease and of the fence.
 */
const ACQUIRE = scriptText(`
  if redis.call('TYPE', KEYS[1]).ok == 'string' then return 0 end
  redis.call('DEL', KEYS[1])
  local n = tonumber((redis.call('TYPE', KEYS[2]).ok == 'string' and redis.call('GET', KEYS[2])) or '0')
  if n == nil or n < 0 or n > 2 ^ 50 then n = 0 end
  n = n + 1
  redis.call('DEL', KEYS[2])
  redis.call('SET', KEYS[2], string.format('%.0f', n), 'PX', ARGV[3])
  redis.call('SET', KEYS[1], ARGV[1] .. ':' .. string.format('%.0f', n), 'PX', ARGV[2])
  return n`)

/** How long numbers are remembered; a holder's name is random too, so that one which comes again does no harm. */
const FENCE_LIFE_MS = 90 * 86_400_000

/** Prolongs the lease of its holder: 1, or 0 where it is somebody else's. */
const RENEW = scriptText(`
  if redis.call('TYPE', KEYS[1]).ok ~= 'string' or redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 1`)

const RELEASE = scriptText(`
  if redis.call('TYPE', KEYS[1]).ok ~= 'string' or redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('DEL', KEYS[1])`)

/**
 * Carries out one command for the holder of the lease, and prolongs it: who writes is alive. KEYS lease,
 * key; ARGV holder, milliseconds, command, arguments.
 */
const FENCED = scriptText(`
  if redis.call('TYPE', KEYS[1]).ok ~= 'string' or redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  redis.call(ARGV[3], KEYS[2], unpack(ARGV, 4))
  return 'done'`)

/** The right to detect for the fleet, which one process has at a time. */
export type DetectLease = {
  /** Its number, above all earlier ones while Redis remembers them; `undefined` where another holds it. */
  acquire(): Promise<number | undefined>
  /** Whether it is still held. */
  renew(): Promise<boolean>
  release(): Promise<void>
  /**
   * Carries out a command on a key and prolongs the lease, unless that is lost: then it rejects with
   * {@link Fenced}.
   */
  fenced(command: string, key: string, args: readonly (string | Buffer)[]): Promise<void>
}

/** The lease is another's by now. */
export class Fenced extends Error {}

/**
 * The lease over Redis, for `leaseMs` (60 s) at a time: longer than a detector may be busy with a look at
 * everything, and how long a fleet is without one after a process was killed. It carries a number that
 * grows from holder to holder; writes name it, so that a process that was suspended while another took
 * over changes nothing any more.
 */
export const createDetectLease = (options: {
  readonly connection: RedisConnection
  readonly keys: DetectKeys
  readonly leaseMs: number
}): DetectLease => {
  const { connection, keys, leaseMs } = options
  const id = randomBytes(9).toString('base64url')
  let holder = ''
  return {
    acquire: async () => {
      const lives = [leaseMs, FENCE_LIFE_MS].map(String)
      const answer = await connection.run(ACQUIRE, [keys.lease, keys.fence], [id, ...lives])
      if (typeof answer !== 'number' || answer < 1) return undefined
      holder = `${id}:${answer}`
      return answer
    },
    renew: async () => (await connection.run(RENEW, [keys.lease], [holder, String(leaseMs)])) === 1,
    release: async () => void (await connection.run(RELEASE, [keys.lease], [holder])),
    fenced: async (command, key, args) => {
      const head = [holder, String(leaseMs), command]
      const answer = await connection.run(FENCED, [keys.lease, key], [...head, ...args])
      if (String(answer) !== 'done') throw new Fenced('another process detects by now')
    },
  }
}
