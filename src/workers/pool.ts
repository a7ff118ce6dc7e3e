import cluster, { type Worker } from 'node:cluster'
import type { AddressInfo } from 'node:net'
import { createChannel, type Channel } from './channel.ts'
import { endUntaken } from './hand-over.ts'

/** One worker process as the primary knows it. */
export type PoolWorker = {
  /** 1 to the number of workers; the one that replaces it has the same. */
  readonly place: number
  /** Never used again, by whatever process. */
  readonly id: string
  readonly channel: Channel
}

/** What the owner of a pool may want to say. */
export type PoolReport =
  | {
      readonly what: 'replacing'
      readonly worker: number
      readonly because: string
      readonly pauseMs: number
    }
  | { readonly what: 'ready'; readonly worker: number }
  | { readonly what: 'ended'; readonly worker: number; readonly because: string }

/** Options of {@link createPool}. */
export type PoolOptions = {
  readonly count: number
  /** Command line of a worker after the program's own file. */
  readonly args: readonly string[]
  /** A worker was started: answers and listeners are put on its channel before it can say anything. */
  readonly onStart: (worker: PoolWorker) => void
  /** It is gone, and everything it said was heard. */
  readonly onGone: (worker: PoolWorker) => void
  readonly onReport: (report: PoolReport) => void
}

/** Worker processes that are replaced when they die. */
export type Pool = {
  /** Starts them all; resolves once every one takes calls. Rejects where one ends before that. */
  start(): Promise<AddressInfo>
  /**
   * The address that was lost because all workers were gone at once. Until then port 0 means, to Node.js,
   * the port that the first one was given; afterwards workers must ask for it by its number.
   */
  lost(): AddressInfo | undefined
  /** Those that take calls. */
  ready(): readonly PoolWorker[]
  /** Workers started in place of dead ones so far. */
  replaced(): number
  /** Ends a worker that does not behave; it is replaced. */
  end(worker: PoolWorker, because: string): void
  /** Tells all to finish their calls and end; those there after `deadlineMs`, or before a start, are killed. */
  drain(deadlineMs: number): Promise<void>
}

type Member = PoolWorker & {
  readonly process: Worker
  ready: boolean
  /** What is known of why it ends. */
  because: string | undefined
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
/** Deaths further apart than this have nothing to do with each other. */
const FORGET_MS = 60_000

const addressOf = (body: unknown): AddressInfo => {
  // Looked at below, field by field.
  const { address, port, family } = body as { readonly [name in keyof AddressInfo]?: unknown }
  if (typeof address === 'string' && typeof family === 'string' && Number.isInteger(port)) {
    return { address, family, port: Number(port) }
  }
  throw new TypeError('no address')
}

/**
 * Keeps `count` workers running. One that dies is replaced after a pause that doubles with every death of
 * the last minute, from 0.1 s up to 10 s, so that workers which cannot live cost little while they try.
 * Connections are handed out by this process in turn.
 */
export const createPool = (options: PoolOptions): Pool => {
  const { count, onStart, onGone, onReport } = options
  const members = new Set<Member>()
  const deathsMs: number[] = []
  const watchers = new Set<() => void>()
  let address: AddressInfo | undefined
  let lost: AddressInfo | undefined
  let failure: string | undefined
  let replaced = 0
  let draining = false
  let started = 0

  cluster.setupPrimary({ args: [...options.args], serialization: 'advanced' })

  const changed = (): void => {
    for (const watcher of watchers) watcher()
  }
  const once = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const watcher = (): void => {
        if (!holds()) return
        watchers.delete(watcher)
        resolve()
      }
      watchers.add(watcher)
      watcher()
    })

  const pauseMs = (): number => {
    const nowMs = performance.now()
    deathsMs.push(nowMs)
    while ((deathsMs[0] ?? nowMs) < nowMs - FORGET_MS) deathsMs.shift()
    return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(deathsMs.length - 1, 16), LONGEST_PAUSE_MS)
  }

  const kill = (member: Member, because: string): void => {
    member.because ??= because
    member.process.process.kill('SIGKILL')
  }

  const gone = (member: Member): void => {
    if (!members.delete(member)) return
    onGone(member)
    if (members.size === 0) lost = address
    const because = member.because ?? 'it ended'
    if (draining) {
      onReport({ what: 'ended', worker: member.place, because })
    } else if (address === undefined) {
      failure ??= because
    } else {
      const pause = pauseMs()
      onReport({ what: 'replacing', worker: member.place, because, pauseMs: pause })
      setTimeout(() => {
        if (draining) return
        replaced++
        fork(member.place)
      }, pause)
    }
    changed()
  }

  const fork = (place: number): void => {
    const child = cluster.fork()
    endUntaken(child)
    const channel = createChannel(
      {
        send: (message, sent) => {
          // The types ask for serialisable values, which no type of ours can promise.
          if (child.isConnected()) child.process.send(message as object, undefined, undefined, sent)
          else sent(new Error('no worker'))
        },
        received: (listener) => void child.on('message', listener),
        closed: (listener) => void child.on('disconnect', listener),
      },
      { onNonsense: (what) => kill(member, `it sent ${what}`) },
    )
    const member: Member = {
      place,
      id: `${process.pid}.${++started}`,
      channel,
      process: child,
      ready: false,
      because: undefined,
    }
    members.add(member)
    child.on('error', (error) => kill(member, error.message))
    child.on('exit', (code, signal) => {
      member.because ??= signal ? `killed by ${signal}` : `it ended with code ${code}`
    })
    // Ended and read to the end. `disconnect` never comes where a connection was on its way to it.
    child.process.on('close', () => gone(member))
    channel.gone(() => {
      // A process that lives on without its channel must not.
      if (!child.isDead()) child.process.kill('SIGKILL')
    })
    channel.hear('ready', (body) => {
      const bound = addressOf(body)
      address ??= bound
      if (bound.port !== address.port) return kill(member, 'it listens at another port')
      member.ready = true
      onReport({ what: 'ready', worker: place })
      changed()
    })
    channel.hear('failed', (body) => {
      member.because = String(body).slice(0, 1_000)
    })
    onStart(member)
  }

  const ready = (): readonly Member[] => [...members].filter((member) => member.ready)

  return {
    start: async () => {
      for (let place = 1; place <= count; place++) fork(place)
      await once(() => failure !== undefined || ready().length === count)
      if (failure !== undefined || address === undefined) {
        throw new Error(failure ?? 'no worker listens')
      }
      return address
    },
    lost: () => lost,
    ready,
    replaced: () => replaced,
    end: (worker, because) => {
      for (const member of members) if (member.id === worker.id) kill(member, because)
    },
    drain: async (deadlineMs) => {
      draining = true
      if (address === undefined) for (const member of members) kill(member, 'the start failed')
      for (const { channel } of members) channel.tell('drain', undefined)
      const late = setTimeout(() => {
        for (const member of members) kill(member, 'it did not end in time')
      }, deadlineMs)
      await once(() => members.size === 0)
      clearTimeout(late)
    },
  }
}
