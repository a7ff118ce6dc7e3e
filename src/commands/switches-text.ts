import { minuteText } from './campaigns-figures.ts'
import { harmless, table, type Cell, type Paint } from './campaigns-table.ts'
import type { ToldSwitch, ToldSwitches } from './switches-wire.ts'

const COLUMNS = [
  { title: 'ID' },
  { title: 'MODE' },
  { title: 'ROLLOUT', right: true },
  { title: 'FILE SAYS' },
  { title: 'BY' },
  { title: 'SINCE' },
  { title: 'UNTIL' },
  { title: 'WHY' },
]

const LOOKS = { enforce: 'green', shadow: 'yellow', off: 'red' } as const

const modeCell = ({ mode, written }: ToldSwitch): Cell => {
  const now = mode ?? written?.mode
  return now === undefined ? '' : { text: now, look: LOOKS[now] }
}

const rolloutText = ({ rollout, written }: ToldSwitch): string => {
  const now = rollout ?? written?.rollout
  return now === undefined ? '' : `${now} %`
}

const fileText = ({ written, differs }: ToldSwitch): string => {
  if (written === undefined) return 'no such id'
  return differs ? `${written.mode} ${written.rollout} %` : 'the same'
}

const untilText = ({ until }: ToldSwitch, nowMs: number): string =>
  until === undefined ? 'stays' : minuteText(Date.parse(until), nowMs)

/** The switches for a terminal. */
export const switchesText = (
  { switches, degraded, version }: ToldSwitches,
  about: { readonly nowMs: number; readonly paint: Paint },
): string => {
  const { nowMs, paint } = about
  const rows = switches.map((one): readonly Cell[] => [
    harmless(one.id, 64),
    modeCell(one),
    rolloutText(one),
    fileText(one),
    harmless(one.by, 40),
    minuteText(Date.parse(one.since), nowMs),
    untilText(one, nowMs),
    harmless(one.why),
  ])
  const lines = [
    ...(degraded.length === 0
      ? []
      : [paint('yellow', 'The store did not answer: this is what that guard knows.'), '']),
    ...(rows.length === 0
      ? ['No switches: all is as the files say.']
      : table(COLUMNS, rows, paint)),
    ...(rows.length === 0 ? [] : ['', `Version ${version}.`]),
  ]
  return `${lines.join('\n')}\n`
}

/** What became of one id, in one line. */
export const switchLine = (id: string, { switches }: ToldSwitches, nowMs: number): string => {
  const one = switches.find((each) => each.id === id)
  if (one === undefined) return `${harmless(id, 64)}: as the file says\n`
  const now = modeCell(one)
  const parts = [typeof now === 'string' ? now : now.text, rolloutText(one)].filter(Boolean)
  const until = one.until === undefined ? 'stays' : `until ${untilText(one, nowMs)}`
  return `${harmless(id, 64)}: ${parts.join(' ')} (file: ${fileText(one)}), ${until}\n`
}
