import { platformOf, type Machine } from './header-stacks.ts'
import { thingName } from './prose.ts'
import type { Random } from './random.ts'

/** Where an agent runs for one of its users. */
export type Workplace = {
  readonly folder: string
  readonly platform: string
  readonly osVersion: string
  /** Number of the machine that its calls come from; any where absent. */
  readonly machine?: number
}

const PEOPLE =
  'anna bo chen dana eli fay gus hana ivo jana kim lena max nora omar pia ravi sam tess uma'.split(
    ' ',
  )

/** A folder and system of one person's own machine. */
export const workplaceOf = (machine: Machine, random: Random): Workplace => {
  const user = `${random.pick(PEOPLE)}${random.chance(0.5) ? random.below(1000) : random.pick(PEOPLE)}`
  const project = thingName(random)
  const folder = {
    Linux: `/home/${user}/${project}`,
    MacOS: `/Users/${user}/Developer/${project}`,
    Windows: `C:\\Users\\${user}\\source\\${project}`,
  }[machine.os]
  const osVersion = {
    Linux: `Linux 6.${8 + random.below(10)}.0-${20 + random.below(60)}-generic`,
    MacOS: `Darwin 25.${random.below(5)}.0`,
    Windows: `Windows 11 26${100 + 10 * random.below(3)}`,
  }[machine.os]
  return { folder, platform: platformOf(machine), osVersion }
}

/** The block in which agents say where they run, with its day. */
export const environmentBlock = (workplace: Workplace, atMs: number): string => {
  const date = new Date(atMs).toISOString().slice(0, 10)
  return `\n<env>\nWorking directory: ${workplace.folder}\nIs directory a git repo: Yes\nPlatform: ${workplace.platform}\nOS Version: ${workplace.osVersion}\nToday's date: ${date}\n</env>`
}

const CONTAINER_FOLDERS = [
  '/workspace/repo',
  '/workspace',
  '/app',
  '/workspaces/app',
  '/root',
  '/home/user/project',
] as const

/** A container as images and hosted workspaces have it: the same for very many people. */
export const containerPlace = (random: Random): Workplace => ({
  folder: random.pick(CONTAINER_FOLDERS),
  platform: 'linux',
  osVersion: `Linux ${random.pick(['6.8.0-60-generic', '6.11.0-azure', '6.1.0-26-cloud-amd64', '5.15.167.4-microsoft-standard-WSL2'])}`,
})
