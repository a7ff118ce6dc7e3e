import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { readFileSync } from 'node:fs'
import { until } from '../../support/wait.ts'

/** Whether processes can be pinned here: two cores and `taskset`. */
export const canPin: boolean =
  availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0

/** Core of the contender; everything else shares the other one. */
export const CONTENDER_CORE = 0
export const LOAD_CORE = 1

/** A command line pinned to a core where the system allows. */
export const pinned = (core: number, command: readonly string[]): [string, string[]] => {
  const [program = '', ...args] = canPin ? ['taskset', '-c', String(core), ...command] : command
  return [program, args]
}

/** A running server and the address it printed or was told. */
export type Server = { readonly url: string; readonly pid: number; stop(): Promise<void> }

/** Starts a pinned server; `url` is read from its output where it is not known before. */
export const startServer = async (
  core: number,
  command: readonly string[],
  options: { readonly url?: string; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<Server> => {
  const [program, args] = pinned(core, command)
  const child: ChildProcess = spawn(program, args, {
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const url = await until(`${command.join(' ')} to listen`, async () => {
    if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended:\n${output}`)
    const printed = options.url ?? /http:\/\/[\d.]+:\d+/.exec(output)?.[0]
    if (printed === undefined) return undefined
    return fetch(printed, { method: 'GET' }).then(
      async (answer) => (await answer.arrayBuffer(), printed),
      () => undefined,
    )
  })
  return {
    url,
    pid: child.pid ?? 0,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), 5_000).unref()
      await ended
    },
  }
}

/** Processor time of a process and its children so far, in seconds (Linux only; 0 elsewhere). */
export const cpuSeconds = (pid: number): number => {
  const one = (id: number): number => {
    try {
      const fields = readFileSync(`/proc/${id}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
      return (Number(fields[11]) + Number(fields[12])) / 100
    } catch {
      return 0
    }
  }
  const children = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).stdout ?? ''
  return (
    one(pid) +
    children
      .split('\n')
      .filter(Boolean)
      .reduce((sum, id) => sum + one(Number(id)), 0)
  )
}
