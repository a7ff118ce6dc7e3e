import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { RunResult, RunSpec } from './run-scenario.ts'

const SCRIPT = new URL('run-one.ts', import.meta.url).pathname

/** A run, or why there is none. */
export type Ran =
  | { readonly ok: true; readonly result: RunResult }
  | { readonly ok: false; readonly spec: RunSpec; readonly why: string }

const children = new Set<ChildProcess>()
// A series that is ended must not leave hours of work behind it.
process.once('exit', () => {
  for (const child of children) child.kill()
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1))

const runOne = async (spec: RunSpec): Promise<Ran> => {
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=8192', SCRIPT, JSON.stringify(spec)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  children.add(child)
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  children.delete(child)
  if (code !== 0) return { ok: false, spec, why: err.trim().slice(-2_000) || `exit ${code}` }
  // Written by `run-one.ts`.
  return { ok: true, result: JSON.parse(out) as RunResult }
}

/** Runs specs in child processes, `atOnce` at a time; `onDone` is told of each. */
export const runAll = async (
  specs: readonly RunSpec[],
  atOnce: number,
  onDone: (ran: Ran, done: number) => void,
): Promise<void> => {
  let next = 0
  let done = 0
  const work = async (): Promise<void> => {
    while (next < specs.length) {
      const spec = specs[next++]
      if (spec === undefined) return
      onDone(await runOne(spec), ++done)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, work))
}
