/**
 * Lets a program pass the proof-of-work challenges of a model API that Stillwatch guards: a `fetch` that
 * solves the puzzle of a refusal, posts the solution and sends the call again once. One file without
 * dependencies, for Node.js 18 and later, Deno, Bun, workers and browsers.
 *
 *     import { withChallenges } from './stillwatch-client.js'
 *     const openai = new OpenAI({ baseURL, apiKey, fetch: withChallenges() })
 *
 * Whatever is not such a refusal passes through untouched. SPDX-License-Identifier: Apache-2.0
 *
 * @import { Challenge, Options, Solution, Why } from './stillwatch-client.js'
 * @typedef {typeof globalThis.fetch} Fetch
 * @typedef {Parameters<Fetch>[0]} Input
 * @typedef {Parameters<Fetch>[1]} Init
 * @typedef {{ joined: boolean, passed: boolean }} Cleared
 * @typedef {Uint8Array<ArrayBuffer>} Bytes
 * @typedef {{ leave: AbortController, waiting: number, done: Promise<true | Why> }} Job
 */

/** Nothing that belongs to the protocol is longer. */
const MOST_BYTES = 65_536
/** Rounds of PBKDF2 for one puzzle: under a minute of most machines, more than any policy asks for. */
const MAX_WORK = 2 ** 27
const MAX_WAIT_MS = 30_000
const MAX_CARRIED = 100
const CREDENTIAL_HEADERS = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key']

const nothing = () => undefined

/** @type {(body: { cancel(): Promise<void> } | null | undefined) => void} */
const drop = (body) => void body?.cancel().catch(nothing)

/**
 * @param {unknown} text
 * @param {number} mostBytes
 * @returns {text is string}
 */
const isHex = (text, mostBytes) =>
  typeof text === 'string' && text.length <= mostBytes * 2 && /^[0-9a-f]+$/i.test(text)

/**
 * @param {unknown} number
 * @param {number} most
 * @returns {number is number}
 */
const isUpTo = (number, most) =>
  Number.isInteger(number) && Number(number) >= 1 && Number(number) <= most

/** @type {(hex: string) => Uint8Array<ArrayBuffer>} */
const bytesOf = (hex) =>
  Uint8Array.from({ length: hex.length / 2 }, (_, at) =>
    parseInt(hex.slice(at * 2, at * 2 + 2), 16),
  )

/** @type {(bytes: Uint8Array) => string} */
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * Settles like the promise, or rejects with the signal's reason as soon as it is aborted.
 * @type {<T>(promise: Promise<T>, signal: AbortSignal | undefined) => Promise<T>}
 */
const unlessAborted = (promise, signal) => {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason)
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}

/**
 * node:crypto where it is. The name stands in a variable, so that bundlers for browsers pass over it.
 * @typedef {(error: unknown, key: Uint8Array) => void} End
 * @typedef {{ pbkdf2(password: Bytes, salt: Bytes, cost: number, length: number, hash: string, end: End): void }} NodeCrypto
 * @typedef {{ getBuiltinModule?: (name: string) => NodeCrypto, versions?: { node?: string } }} Process
 * @type {() => Promise<NodeCrypto | undefined>}
 */
const nodeCrypto = async () => {
  const name = 'node:crypto'
  const process = /** @type {Process | undefined} */ (Reflect.get(globalThis, 'process'))
  if (process?.getBuiltinModule) return process.getBuiltinModule(name)
  if (!process?.versions?.node) return undefined
  return /** @type {Promise<NodeCrypto>} */ (
    import(/* webpackIgnore: true */ /* @vite-ignore */ name)
  )
}

/**
 * Derives keys off the main thread, so that the program goes on meanwhile. node:crypto is several times
 * faster than WebCrypto, which needs many at once to be fast; two leave half of Node's pool to others.
 * @type {(salt: Bytes, cost: number, keyLength: number) =>
 *   Promise<{ atOnce: number, derive: (password: Bytes) => Promise<Uint8Array> }>}
 */
const deriver = async (salt, cost, keyLength) => {
  const node = await nodeCrypto().catch(nothing)
  if (node?.pbkdf2) {
    /** @type {(password: Bytes) => Promise<Uint8Array>} */
    const derive = (password) =>
      new Promise((resolve, reject) => {
        /** @type {End} */
        const end = (error, key) => (error ? reject(error) : resolve(key))
        node.pbkdf2(password, salt, cost, keyLength, 'sha256', end)
      })
    return { atOnce: 2, derive }
  }
  const { subtle } = globalThis.crypto
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: cost }
  /** @type {(password: Bytes) => Promise<Uint8Array>} */
  const derive = async (password) => {
    const key = await subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits'])
    return new Uint8Array(await subtle.deriveBits(how, key, keyLength * 8))
  }
  return { atOnce: 16, derive }
}

/**
 * Solves a puzzle of ALTCHA v2; see the declarations.
 * @type {typeof import('./stillwatch-client.js').solvePuzzle}
 */
export const solvePuzzle = async (puzzle, { signal, maxWork = MAX_WORK } = {}) => {
  const { algorithm, nonce, salt, cost, keyLength, keyPrefix } = puzzle?.parameters ?? {}
  if (algorithm !== 'PBKDF2/SHA-256' || !isHex(nonce, 64) || !isHex(salt, 64)) return undefined
  if (nonce.length % 2 !== 0 || salt.length % 2 !== 0 || !isUpTo(cost, maxWork)) return undefined
  if (!isUpTo(keyLength, 64) || !isHex(keyPrefix, keyLength)) return undefined
  const prefix = keyPrefix.toLowerCase()
  const start = bytesOf(nonce)
  const { derive, atOnce } = await deriver(bytesOf(salt), cost, keyLength)
  const tries = Math.min(2 ** 32, maxWork / (cost * Math.ceil(keyLength / 32)))
  /** @type {(counter: number) => Promise<Solution | undefined>} */
  const tryOne = async (counter) => {
    const password = new Uint8Array(start.length + 4)
    password.set(start)
    new DataView(password.buffer).setUint32(start.length, counter)
    const derivedKey = hexOf(await derive(password))
    return derivedKey.startsWith(prefix) ? { counter, derivedKey } : undefined
  }
  for (let next = 0; next + atOnce <= tries; next += atOnce) {
    signal?.throwIfAborted()
    const batch = Array.from({ length: atOnce }, (_, at) => tryOne(next + at))
    const found = (await Promise.all(batch)).find(Boolean)
    if (found) return found
  }
  return undefined
}

/**
 * The body as JSON. Rejects where it is longer than anything of the protocol.
 * @typedef {{ readonly [name: string]: unknown }} Fields
 * @type {(answer: Response) => Promise<Fields>}
 */
const jsonOf = async (answer) => {
  const reader = answer.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let left = MOST_BYTES
  if (!reader) return {}
  while (left >= 0) {
    const { done, value } = await reader.read()
    if (done) return /** @type {Fields} */ (JSON.parse(text + decoder.decode()))
    left -= value.byteLength
    text += decoder.decode(value, { stream: true })
  }
  // Not awaited: of a cloned answer it settles only when the other copy was read.
  drop(reader)
  throw new Error('not of the protocol')
}

/**
 * The challenge of a refusal, in the three dialects; undefined for every other answer.
 * @type {(answer: Response) => Promise<Challenge | undefined>}
 */
const challengeOf = async (answer) => {
  try {
    if (answer.status !== 403 || !answer.headers.get('content-type')?.includes('json')) return
    const { error } = /** @type {{ error: { challenge?: Challenge, details?: Fields[] } }} */ (
      await jsonOf(answer.clone())
    )
    const found =
      error.challenge ?? error.details?.find((one) => one['@type'] === 'stillwatch.Challenge')
    const isOne = ['id', 'kind', 'url'].every(
      (name) => typeof Reflect.get(found ?? {}, name) === 'string',
    )
    return isOne ? /** @type {Challenge} */ (found) : undefined
  } catch {
    return undefined
  }
}

/** @type {(text: string) => URL | undefined} */
const urlAt = (text) => {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

/**
 * Where a solution goes, or undefined where it must not: the origin of the call, listed ones, and
 * without a list other hosts that have a name, by https. A call by https is never answered by http.
 * @type {(text: string, call: URL, origins: readonly string[] | undefined) => URL | undefined}
 */
const answerUrl = (text, call, origins) => {
  const url = /^https?:[/][/][^@\s\\]+$/i.test(text) ? urlAt(text) : undefined
  if (!url) return undefined
  if (url.protocol === 'http:' && call.protocol === 'https:' && url.hostname === call.hostname) {
    return new URL(url.pathname + url.search, call.origin)
  }
  if (url.origin === call.origin) return url
  const isNamed = url.protocol === 'https:' && /[.][a-z][a-z0-9-]+$/.test(url.hostname)
  return (origins?.includes(url.origin) ?? isNamed) ? url : undefined
}

/** @type {(headers: Headers) => number} */
const waitMsOf = (headers) => {
  const told = headers.get('retry-after') ?? '1'
  return /^\d+$/.test(told) ? Number(told) * 1_000 : Math.max(0, Date.parse(told) - Date.now())
}

/** @type {(input: Input) => Request | undefined} */
const requestOf = (input) =>
  typeof input === 'object' && 'clone' in input && typeof input.clone === 'function'
    ? input
    : undefined

/**
 * Whether a body can be sent a second time: a stream cannot.
 * @type {(body: unknown) => boolean}
 */
const isRepeatable = (body) =>
  (body ?? '') === '' ||
  typeof body === 'string' ||
  ArrayBuffer.isView(body) ||
  /^\[object (ArrayBuffer|Blob|File|FormData|URLSearchParams)\]$/.test(
    Object.prototype.toString.call(body),
  )

/** @type {(input: Input) => URL} */
const urlOf = (input) =>
  // Of a page of a browser, a path alone is a URL too.
  new URL(
    typeof input === 'object' && 'url' in input ? input.url : input,
    Reflect.get(globalThis, 'location')?.href,
  )

/** @type {(input: Input, init: Init) => Headers} */
const headersOf = (input, init) => new Headers(init?.headers ?? requestOf(input)?.headers)

/**
 * Origin and credential of a call: whom a challenge is for. Undefined where no credential is seen.
 * @type {(input: Input, init: Init) => string | undefined}
 */
const callerOf = (input, init) => {
  const url = urlOf(input)
  const headers = headersOf(input, init)
  const sent = CREDENTIAL_HEADERS.map((name) => headers.get(name)).find(Boolean)
  const credential = sent ?? url.searchParams.get('key')
  return credential ? `${url.origin} ${credential}` : undefined
}

/** @type {(value: unknown) => value is object} */
const isPlain = (value) => {
  if (typeof value !== 'object' || value === null) return false
  /** @type {unknown} */
  const prototype = Object.getPrototypeOf(value)
  // That of another realm ends the chain too.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/**
 * What is wrapped, and how. Mistakes are told here: of a call, an SDK takes them for a failing network.
 * @type {(first: unknown, second: unknown) => { fetch: Fetch, options: Options }}
 */
const wrapping = (first, second) => {
  const [fetch, options = {}] = isPlain(first) && !second ? [undefined, first] : [first, second]
  const wrapped = fetch === undefined ? globalThis.fetch : fetch
  if (typeof wrapped === 'function' && isPlain(options)) {
    return { fetch: /** @type {Fetch} */ (wrapped), options }
  }
  const isCall = /^\[object (String|URL|Request)\]$/.test(Object.prototype.toString.call(first))
  throw new TypeError(
    isCall
      ? 'withChallenges makes a fetch and is none itself: write fetch: withChallenges()'
      : 'withChallenges takes a fetch, options, or a fetch and options',
  )
}

/**
 * A `fetch` that passes challenges; see the declarations.
 * @param {unknown} [first]
 * @param {unknown} [second]
 * @returns {Fetch}
 */
export const withChallenges = (first, second) => {
  const { fetch, options } = wrapping(first, second)
  const { maxWork, maxWaitMs = MAX_WAIT_MS, origins, onChallenge, carry = false } = options
  let mayComplain = true
  /** Solutions in the making, by whom or what they are for. @type {Map<string, Job>} */
  const jobs = new Map()
  /** Clearances by caller. @type {Map<string, { token: string, expiresMs: number }>} */
  const carried = new Map()

  /** @type {(url: URL, body: string, signal: AbortSignal) => Promise<Response>} */
  const post = async (url, body, signal) => {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const send = () =>
      fetch(url.href, {
        method: 'POST',
        headers,
        body,
        credentials: 'omit',
        redirect: 'manual',
        signal,
      })
    const answer = await send()
    const waitMs = waitMsOf(answer.headers)
    if (![429, 503].includes(answer.status) || !(waitMs <= maxWaitMs)) return answer
    drop(answer.body)
    await unlessAborted(new Promise((resolve) => setTimeout(resolve, waitMs)), signal)
    return send()
  }

  /** @type {(challenge: Challenge, url: URL, caller: string | undefined, signal: AbortSignal) => Job['done']} */
  const pass = async ({ puzzle }, url, caller, signal) => {
    const solution = puzzle && (await solvePuzzle(puzzle, { signal, ...(maxWork && { maxWork }) }))
    if (!solution) return 'too_much_work'
    const answer = await post(url, JSON.stringify({ puzzle, solution }), signal)
    if (answer.status === 200 && carry && caller) {
      const { clearance, expires_at: expiresAt } = (await jsonOf(answer).catch(nothing)) ?? {}
      const expiresMs = Date.parse(String(expiresAt))
      // Only what can stand in a header.
      const token = /^[!-~]{1,4096}$/.exec(typeof clearance === 'string' ? clearance : '')?.[0]
      if (token) carried.set(caller, { token, expiresMs })
      const [oldest = ''] = carried.keys()
      if (carried.size > MAX_CARRIED) carried.delete(oldest)
    } else drop(answer.body)
    // A spent one was passed by an earlier try whose answer was lost.
    return answer.status === 200 || answer.status === 409 || 'not_accepted'
  }

  /**
   * One job for all that wait for the same; it ends early when all of them have left.
   * @type {(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Job['done']) =>
   *   Promise<{ joined: boolean, ended: true | Why }>}
   */
  const shared = async (key, signal, work) => {
    const held = jobs.get(key)
    const leave = new AbortController()
    const job = held ?? { leave, waiting: 0, done: work(leave.signal).catch(() => 'not_accepted') }
    jobs.set(key, job)
    job.waiting += 1
    try {
      return { joined: held !== undefined, ended: await unlessAborted(job.done, signal) }
    } finally {
      job.waiting -= 1
      if (job.waiting === 0) job.leave.abort()
      if (job.waiting === 0 && jobs.get(key) === job) jobs.delete(key)
    }
  }

  /**
   * Whether the program says that it was passed. What fails in there must not look like a failing call.
   * @type {(challenge: Challenge, why: Why) => Promise<boolean>}
   */
  const tell = async (challenge, why) => {
    try {
      return (await onChallenge?.(challenge, why)) === true
    } catch (error) {
      // oxlint-disable-next-line no-console -- Nobody else would hear of it; once, as a storm of calls may follow.
      if (mayComplain) globalThis.console?.error('onChallenge failed, the 403 is returned:', error)
      mayComplain = false
      return false
    }
  }

  return async (input, init) => {
    const request = requestOf(input)
    let spare =
      request && (init?.body ?? null) === null && !request.bodyUsed ? request.clone() : undefined
    const signal = init?.signal ?? request?.signal

    /** @type {(next: Input) => Promise<Response>} */
    const send = (next) => {
      const held = carried.size > 0 ? carried.get(callerOf(input, init) ?? '') : undefined
      if (!held || !(held.expiresMs > Date.now())) return fetch(next, init)
      const headers = headersOf(input, init)
      headers.set('x-stillwatch-clearance', held.token)
      return fetch(next, { ...init, headers })
    }
    /** @type {(challenge: Challenge, key: string) => Promise<Cleared>} */
    const clear = async (challenge, key) => {
      /** @type {Why} */
      let why = 'needs_person'
      let joined = false
      if (challenge.kind === 'proof_of_work') {
        const url = answerUrl(challenge.url, urlOf(input), origins)
        const caller = callerOf(input, init)
        const end = url && (await shared(key, signal, (own) => pass(challenge, url, caller, own)))
        if (end?.ended === true) return { joined: end.joined, passed: true }
        why = end?.ended ?? 'foreign_url'
        joined = end?.joined ?? false
      }
      return { joined, passed: await unlessAborted(tell(challenge, why), signal) }
    }

    let answer = await send(input)
    // Another call's solution need not be all that this one needs; then it solves its own.
    for (let shares = true, more = true; more; shares = false) {
      const challenge = await challengeOf(answer)
      if (!challenge) break
      const key = (shares && callerOf(input, init)) || challenge.id
      const { joined, passed } = await clear(challenge, key)
      // What cannot be sent again was passed for the calls that follow.
      if (!passed || !isRepeatable(init?.body)) break
      more = shares && joined
      drop(answer.body)
      const next = spare ?? input
      spare = more ? spare?.clone() : undefined
      answer = await send(next)
    }
    // Else the copy of a request's body would be kept for as long as the request.
    drop(spare?.body)
    return answer
  }
}
