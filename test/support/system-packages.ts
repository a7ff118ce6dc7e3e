import { execFileSync, spawnSync } from 'node:child_process'

/** A program from the system's packages that tests run. */
type Program = {
  readonly commands: readonly string[]
  readonly debianPackages: readonly string[]
  readonly why: string
}

const PROGRAMS: readonly Program[] = [
  {
    commands: ['chromium', 'chromium-browser', 'google-chrome'],
    debianPackages: ['chromium'],
    why: 'browser tests',
  },
  {
    commands: ['redis-server'],
    debianPackages: ['redis-server'],
    why: 'tests of the store of a fleet',
  },
  {
    commands: ['redis-sentinel'],
    debianPackages: ['redis-sentinel'],
    why: 'tests of its failing over',
  },
  {
    commands: ['cc', 'gcc'],
    debianPackages: ['gcc', 'libc6-dev'],
    why: 'tests of the store on a clock that they steer',
  },
  {
    commands: ['python3'],
    debianPackages: ['python3'],
    why: 'tests of what customers are given for Python',
  },
]

/** Path of the first of these commands that exists. */
export const findProgram = (commands: readonly string[]): string | undefined => {
  for (const command of commands) {
    const found = spawnSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' })
    if (found.status === 0) return found.stdout.trim()
  }
  return undefined
}

const say = (text: string): void => void process.stderr.write(`[test setup] ${text}\n`)

/**
 * Finds every program the tests run, or installs it from Debian's packages where that is allowed, or
 * fails with one line that says what to install. Nothing is skipped for a missing program.
 */
export default function setup(): void {
  const missing = PROGRAMS.filter(({ commands }) => findProgram(commands) === undefined)
  if (missing.length === 0) return
  const packages = missing.flatMap(({ debianPackages }) => debianPackages)
  const wanted = missing
    .map(({ debianPackages, why }) => `${debianPackages.join(' ')} (${why})`)
    .join(', ')
  const mayInstall = process.getuid?.() === 0 && findProgram(['apt-get']) !== undefined
  if (!mayInstall) {
    throw new Error(
      `The tests need ${wanted}. Install with: sudo apt-get install -y ${packages.join(' ')}`,
    )
  }
  say(`installing ${wanted} from the system's packages; this takes a minute`)
  const run = (args: readonly string[]): void =>
    void execFileSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  run(['update', '-q'])
  run(['install', '-y', '-q', '--no-install-recommends', ...packages])
  say('installed')
}
