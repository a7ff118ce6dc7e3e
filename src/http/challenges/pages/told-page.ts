import { markup, type Markup } from '../markup.ts'
import type { ChallengeState, PageSetting, Shown } from '../shown.ts'
import { LANGUAGES } from '../strings.ts'
import { contactLine, framePage, moment } from './frame.ts'
import { ICONS } from './icons.ts'

/** States in which nothing is left to be done on the page itself. */
export type ToldState = Exclude<ChallengeState, 'open'> | 'malformed'

/** The words of such a state, as a page has them and as they replace an open page. */
export const toldContent = (
  state: ToldState,
  setting: PageSetting,
  shown: Shown | undefined,
): Markup => {
  const { language, contact } = setting
  const strings = LANGUAGES[language]
  const { title, lead, next } = strings[state]
  const issued = shown?.issued
  return markup`<h1 tabindex="-1">${title}</h1>
<p class="lead">${lead}</p>
<p>${next}</p>
${
  issued &&
  markup`<dl>
<div><dt>${strings.decision}</dt><dd><code>${issued.decision}</code></dd></div>
${state === 'passed' && markup`<div><dt>${strings.holdsUntil}</dt><dd>${moment(language, issued.expiresMs + issued.lifetimeMs)}</dd></div>`}
</dl>`
}
${contactLine(language, contact)}`
}

/** Page of a challenge that is passed, refused or expired, of an address that is none, or while nothing is known. */
export const toldPage = (
  state: ToldState,
  setting: PageSetting,
  shown: Shown | undefined,
): string => {
  const { language } = setting
  return framePage({
    language,
    title: LANGUAGES[language][state].title,
    icon: ICONS[state],
    content: toldContent(state, setting, shown),
    base: '../',
    script: 'local-times.js',
  })
}
