import { ICONS } from '../pages/icons.ts'
import { contactLine, framePage } from '../pages/frame.ts'
import { markup } from '../markup.ts'
import { LANGUAGES } from '../strings.ts'
import { customerExamples } from './customer-examples.ts'
import { customerWords } from './customer-words.ts'
import { blocksAsHtml, blocksAsText } from './page-blocks.ts'

/** What the page is written in. */
const LANGUAGE = 'en'

/** Stands for the guard where its address is not known. */
const SOME_ADDRESS = 'https://api.example.com'

/** The page that tells API customers how challenges work, as HTML and as text of one source. */
export const customerPage = (options: {
  /** Where customers reach the guard; an example's address without it. */
  readonly publicUrl?: string | undefined
  /** Who helps: an e-mail address or a URL. */
  readonly contact?: string | undefined
}): { readonly html: string; readonly text: string } => {
  const { publicUrl = SOME_ADDRESS, contact } = options
  const base = publicUrl.replace(/\/+$/, '')
  const examples = customerExamples(base)
  const blocks = customerWords(examples, '')
  const [first] = blocks
  const strings = LANGUAGES[LANGUAGE]
  return {
    html: framePage({
      language: LANGUAGE,
      title: first?.kind === 'title' ? first.text : '',
      icon: ICONS.proof_of_work,
      content: markup`${blocksAsHtml(blocks)}${contactLine(LANGUAGE, contact)}`,
      base: '',
    }),
    text: `${blocksAsText(customerWords(examples, `${base}/.stillwatch/`))}\n${contact === undefined ? strings.noContact : `${strings.contact} ${contact}`}\n`,
  }
}
