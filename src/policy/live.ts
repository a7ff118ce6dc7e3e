import { watch } from 'chokidar'
import { formatProblem, sortProblems, type Problem } from '../core/problem.ts'
import type { Capabilities } from './compile-entry.ts'
import { compilePolicy, type Compilation } from './compile.ts'
import { foldersOf, readPolicyFiles } from './files.ts'
import type { Policy } from './policy.ts'
import type { PolicyDocument } from './read-policy-document.ts'
import { NO_SWITCHES, withSwitches, type Switches } from './switches.ts'

/** Outcome of one attempt to load the policies. */
export type Reload = {
  readonly ok: boolean
  /** Revision in force after the attempt: the new one, or the last good one. */
  readonly revision: string
  /** Whether another revision is in force than before. */
  readonly changed: boolean
  readonly problems: readonly Problem[]
}

/** Processes that put the same policy in force, at the same time or not at all. */
export interface PolicyFollowers {
  /** Why one of them cannot take it; empty where all can. Must not reject. */
  prepare(documents: readonly PolicyDocument[], revision: string): Promise<readonly Problem[]>
  /** Resolves once all of them have put in force what they prepared. Must not reject. */
  take(revision: string): Promise<void>
  /** These switches are in force now, instead of all earlier ones. */
  switched(switches: Switches): void
}

/** What a live policy is made of. */
export type LivePolicyOptions = {
  /** Files or patterns such as `policies/*.yaml`; wildcards in the file name only. */
  readonly patterns: readonly string[]
  /** Folder the patterns are relative to. */
  readonly base: string
  /** Told of every reload by request and of every change on the disk that was looked at. Must not throw. */
  readonly onReload?: (reload: Reload) => void
  /** What the settings offer to the policies; nothing unless told. */
  readonly capabilities?: Capabilities
  readonly followers?: PolicyFollowers
  /** Switches in force at the start. */
  readonly switches?: Switches
  /** Milliseconds of quiet on the disk before files are read. */
  readonly settleMs?: number
  /** Milliseconds between looks at the files without being told of a change; network disks tell nothing. */
  readonly recheckMs?: number
}

/** The policy in force. Readers take `current()` once a call, so that a reload never changes one under way. */
export interface LivePolicy {
  current(): Policy
  /** What it was compiled from. */
  documents(): readonly PolicyDocument[]
  /** What operators set beside the files. */
  switches(): Switches
  /** What is wrong with the files on the disk; empty while the policy in force is what stands there. */
  problems(): readonly Problem[]
  /** Reads the files now. Never rejects: bad files keep the last good policy. */
  reload(): Promise<Reload>
  /** Puts switches in force instead of all earlier ones, at once. */
  setSwitches(switches: Switches): void
  close(): Promise<void>
}

/** The first load failed: there is no policy to go on with. */
export class PolicyProblems extends Error {
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.name = 'PolicyProblems'
    this.problems = problems
  }
}

type Good = Extract<Compilation, { readonly ok: true }> & {
  readonly documents: readonly PolicyDocument[]
}
type Loaded = (Good | Extract<Compilation, { readonly ok: false }>) & { readonly hash: string }

/**
 * Loads policies and keeps them in step with their files: changed, added, removed, replaced by renaming,
 * or swapped as a folder behind a symbolic link. A new set is compiled whole and swapped in as one
 * reference; while it is bad or gone the last good one stays. Rejects with {@link PolicyProblems} where
 * the first load fails.
 */
export const createLivePolicy = async (options: LivePolicyOptions): Promise<LivePolicy> => {
  const { patterns, base, onReload, followers, settleMs = 100, recheckMs = 30_000 } = options
  const load = async (): Promise<Loaded> => {
    const files = await readPolicyFiles(patterns, base)
    const { hash } = files
    if (!files.ok) return { ok: false, problems: sortProblems(files.problems), hash }
    const { documents: texts } = files
    const compiled = compilePolicy(texts, options.capabilities)
    return compiled.ok ? { ...compiled, documents: texts, hash } : { ...compiled, hash }
  }
  const tell = (reload: Reload): Reload => {
    onReload?.(reload)
    return reload
  }

  const first = await load()
  if (!first.ok) throw new PolicyProblems(first.problems)
  let { policy: written, documents } = first
  let switches = options.switches ?? NO_SWITCHES
  let current = withSwitches(written, switches)
  let hash = first.hash
  let problems: readonly Problem[] = []
  let closed = false

  const take = async (loaded: Loaded): Promise<Reload> => {
    const before = written.revision
    problems = loaded.ok ? await objections(loaded) : loaded.problems
    const ok = loaded.ok && problems.length === 0
    // What followers objected to is tried again at the next look.
    if (ok || !loaded.ok) hash = loaded.hash
    if (ok) {
      written = loaded.policy
      documents = loaded.documents
      current = withSwitches(written, switches)
      if (written.revision !== before) await followers?.take(written.revision)
    }
    const { revision } = written
    return { ok, revision, changed: revision !== before, problems }
  }

  const objections = async ({ policy, documents: texts }: Good): Promise<readonly Problem[]> =>
    followers === undefined || policy.revision === written.revision
      ? []
      : followers.prepare(texts, policy.revision)

  // One load at a time, in the order they were asked for, so that an old read never wins over a new one.
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work)
    turn = done.catch(() => undefined)
    return done
  }

  const lookAtDisk = async (): Promise<void> => {
    if (closed) return
    const loaded = await load()
    if (!closed && loaded.hash !== hash) tell(await take(loaded))
  }

  let settling: NodeJS.Timeout | undefined
  const stirred = (): void => {
    clearTimeout(settling)
    if (!closed) settling = setTimeout(() => void inTurn(lookAtDisk), settleMs).unref()
  }
  // The folders are watched, not the files: a watch on a file is lost with the file it was replaced by.
  // `raw` tells of the swap of a symbolic link that no file event tells of.
  const watcher = watch([...foldersOf(patterns, base)], { depth: 0, ignoreInitial: true })
  // Whatever changed before it was ready is looked at once it is.
  watcher.on('all', stirred).on('raw', stirred).on('ready', stirred)
  // A watch that fails (too many of them, a folder gone) leaves the regular look.
  watcher.on('error', stirred)
  const recheck = setInterval(() => void inTurn(lookAtDisk), recheckMs).unref()

  return {
    current: () => current,
    documents: () => documents,
    switches: () => switches,
    problems: () => problems,
    reload: () => inTurn(async () => tell(await take(await load()))),
    setSwitches: (next) => {
      switches = next
      current = withSwitches(written, switches)
      followers?.switched(switches)
    },
    close: async () => {
      closed = true
      clearTimeout(settling)
      clearInterval(recheck)
      await watcher.close()
      await turn
    },
  }
}
