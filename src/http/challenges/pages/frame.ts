import { markup, type Markup } from '../markup.ts'
import { LANGUAGES, type Language } from '../strings.ts'

/** What differs between pages. Addresses of files are relative, so that a path prefix in front does no harm. */
export type Frame = {
  readonly language: Language
  readonly title: string
  readonly icon: Markup
  readonly content: Markup
  /** Way from the page to `/.stillwatch/`. */
  readonly base: string
  readonly styles?: readonly string[]
  readonly script?: string | undefined
}

/** A whole page. There is no script and no style in it, so that none has to be allowed. */
export const framePage = (frame: Frame): string => {
  const { language, title, icon, content, base, styles = [], script } = frame
  const page = markup`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${base}assets/icon.svg" type="image/svg+xml">
${styles.map(
  (name) => markup`<link rel="stylesheet" href="${base}assets/${name}">
`,
)}<link rel="stylesheet" href="${base}assets/page.css">
${script === undefined ? undefined : markup`<script type="module" src="${base}assets/${script}"></script>`}
</head>
<body>
<main id="main" tabindex="-1">
${icon}
${content}
</main>
</body>
</html>
`
  return page.toString()
}

const EMAIL = /^[^\s@:/]+@[^\s@:/]+$/

/** How to reach whoever helps; only `mailto:`, `https:` and `http:` become links. */
export const contactLine = (language: Language, contact: string | undefined): Markup => {
  const strings = LANGUAGES[language]
  if (contact === undefined) return markup`<p class="contact">${strings.noContact}</p>`
  const href = EMAIL.test(contact)
    ? `mailto:${contact}`
    : /^https?:\/\//.test(contact) && URL.canParse(contact)
      ? contact
      : undefined
  const reach =
    href === undefined ? contact : markup`<a href="${href}" rel="noreferrer">${contact}</a>`
  return markup`<p class="contact">${strings.contact} ${reach}</p>`
}

/** Made once: each costs more than the rest of a page. */
const FORMATS: ReadonlyMap<Language, Intl.DateTimeFormat> = new Map(
  // The keys of a constant are its languages.
  (Object.keys(LANGUAGES) as Language[]).map((language) => [
    language,
    new Intl.DateTimeFormat(language, {
      dateStyle: 'medium',
      timeStyle: 'short',
      timeZone: 'UTC',
    }),
  ]),
)

/** A moment: in the reader's zone once the script has seen it, in UTC before. */
export const moment = (language: Language, atMs: number): Markup => {
  const at = new Date(atMs)
  const text = FORMATS.get(language)?.format(at) ?? ''
  return markup`<time datetime="${at.toISOString()}">${text} UTC</time>`
}
