import type { PageSetting, Shown } from '../shown.ts'
import { LANGUAGES } from '../strings.ts'
import { stepsOf } from './open-page.ts'
import type { ToldState } from './told-page.ts'

const WIDTH = 78

/** Breaks a paragraph at blanks; an address is never broken. */
const wrapped = (text: string): string => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line].join('\n')
}

const paragraphs = (texts: readonly (string | undefined)[]): string =>
  `${texts.flatMap((text) => (text === undefined ? [] : [text])).join('\n\n')}\n`

const contactText = ({ language, contact }: PageSetting): string => {
  const strings = LANGUAGES[language]
  return wrapped(contact === undefined ? strings.noContact : `${strings.contact} ${contact}`)
}

/** What is told where nothing is left to be done, or no challenge is known. */
export const plainTextOf = (state: ToldState, setting: PageSetting, ...rest: string[]): string => {
  const { title, lead, next } = LANGUAGES[setting.language][state]
  return paragraphs([title, wrapped(lead), wrapped(next), ...rest, contactText(setting)])
}

const utc = (atMs: number): string =>
  `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** A challenge in plain text: what is asked, how to go about it, and what to quote. */
export const plainText = (shown: Shown, setting: PageSetting): string => {
  const { state, issued, url } = shown
  const { kind, decision, expiresMs } = issued
  const strings = LANGUAGES[setting.language]
  const number = `${strings.decision}: ${decision}`
  if (state !== 'open') return plainTextOf(state, setting, number)
  const { title, lead } = strings.asking[kind]
  const steps = stepsOf(strings, kind, setting)
  const address = kind === 'step_up' ? setting.consoleLink : url
  const byHand = address && `${strings.inBrowser}\n  ${address}`
  const byProgram = `${strings.programsLead}\n  curl -H 'accept: application/json' ${url}\n${strings.programsLink}:\n  ${url.replace(/challenges\/.*$/, '')}`
  return paragraphs([
    title,
    wrapped(kind === 'proof_of_work' ? strings.plainLead : lead),
    kind === 'proof_of_work'
      ? undefined
      : steps.map((step, at) => wrapped(`${at + 1}. ${step}`)).join('\n'),
    byHand,
    kind === 'proof_of_work' ? byProgram : undefined,
    `${number}\n${strings.expires}: ${utc(expiresMs)}`,
    contactText(setting),
  ])
}
