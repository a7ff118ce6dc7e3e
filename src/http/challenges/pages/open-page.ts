import type { ChallengeKind } from '../../../core/challenge.ts'
import { markup, type Markup } from '../markup.ts'
import { vendorScriptUrl } from '../security-policy.ts'
import type { PageSetting, Shown } from '../shown.ts'
import { LANGUAGES, type Strings } from '../strings.ts'
import { contactLine, framePage, moment } from './frame.ts'
import { ICONS } from './icons.ts'
import { toldContent } from './told-page.ts'

const VENDOR_NAMES = { turnstile: 'Cloudflare Turnstile', hcaptcha: 'hCaptcha' } as const

/** Words that the scripts of the pages need, as one attribute. */
const wordsOf = (strings: Strings): string => {
  const { working, sending, again, waiting, failed, offline } = strings
  const { spent, notYours, limited, insecure, vendorMissing, box } = strings
  return JSON.stringify({
    working,
    sending,
    again,
    waiting,
    failed,
    offline,
    spent,
    notYours,
    limited,
    insecure,
    vendorMissing,
    box,
  })
}

const proofOfWork = (strings: Strings, { puzzle }: Shown): Markup =>
  markup`<div id="task" class="task" data-puzzle="${JSON.stringify(puzzle)}" data-words="${wordsOf(strings)}"></div>
<noscript><p class="note">${strings.noScript}</p></noscript>`

const human = (strings: Strings, { issued }: Shown, setting: PageSetting): Markup => {
  const { human: vendor } = setting
  if (vendor === undefined) return markup`<p class="note">${strings.unavailable.lead}</p>`
  const words = wordsOf({
    ...strings,
    vendorMissing: strings.vendorMissing.replace('{vendor}', VENDOR_NAMES[vendor.vendor]),
  })
  return markup`<div id="task" class="task" data-vendor="${vendor.vendor}" data-script="${vendorScriptUrl(vendor)}" data-site-key="${vendor.siteKey}" data-challenge="${issued.id}" data-words="${words}"></div>
<noscript><p class="note">${strings.noScriptHuman}</p></noscript>`
}

const stepUp = (strings: Strings, _: Shown, { consoleLink }: PageSetting): Markup =>
  markup`${consoleLink !== undefined && markup`<p class="go"><a class="button" href="${consoleLink}" rel="noreferrer">${strings.console}</a></p>`}
<div id="task" class="task" data-words="${wordsOf(strings)}"></div>`

const TASKS: { readonly [K in ChallengeKind]: typeof stepUp } = {
  proof_of_work: proofOfWork,
  human,
  step_up: stepUp,
}

const SCRIPTS: { readonly [K in ChallengeKind]: string } = {
  proof_of_work: 'proof-of-work.js',
  human: 'human.js',
  step_up: 'step-up.js',
}

const programs = (strings: Strings, { url }: Shown): Markup => markup`<details>
<summary>${strings.programs}</summary>
<p>${strings.programsLead}</p>
<pre tabindex="0"><code>curl -H 'accept: application/json' ${url}</code></pre>
<p><a href="../">${strings.programsLink}</a></p>
</details>`

/** What to do, one after another; a step-up without a console is for somebody to be asked. */
export const stepsOf = (
  strings: Strings,
  kind: ChallengeKind,
  { consoleLink }: PageSetting,
): readonly string[] => {
  const { steps } = strings.asking[kind]
  return kind === 'step_up' && consoleLink === undefined
    ? [strings.askHolder, ...steps.slice(1)]
    : steps
}

/**
 * Page of a challenge that waits for its answer. What it becomes once it is passed is in the page already,
 * so that the script has only to show it.
 */
export const openPage = (shown: Shown, setting: PageSetting): string => {
  const { language, contact } = setting
  const strings = LANGUAGES[language]
  const { kind, decision, expiresMs } = shown.issued
  const { title, lead } = strings.asking[kind]
  const steps = stepsOf(strings, kind, setting)
  const content = markup`<h1 tabindex="-1">${title}</h1>
<p class="lead">${lead}</p>
<ol>${steps.map((step) => markup`<li>${step}</li>`)}</ol>
${TASKS[kind](strings, shown, setting)}
<p id="status" role="status"></p>
${kind === 'step_up' && markup`<p class="quiet">${strings.later}</p>`}
<dl>
<div><dt>${strings.decision}</dt><dd><code>${decision}</code></dd></div>
<div><dt>${strings.expires}</dt><dd>${moment(language, expiresMs)}</dd></div>
</dl>
${kind === 'proof_of_work' && programs(strings, shown)}
${contactLine(language, contact)}
<template id="passed">${ICONS.passed}
${toldContent('passed', setting, shown)}</template>`
  return framePage({
    language,
    title,
    icon: ICONS[kind],
    content,
    base: '../',
    styles: kind === 'proof_of_work' ? ['altcha.css'] : [],
    script: SCRIPTS[kind],
  })
}
