import { readWeighted } from './negotiate.ts'
import { LANGUAGES, type Language } from './strings.ts'

const isLanguage = (text: string): text is Language => Object.hasOwn(LANGUAGES, text)

/** The language of a page, by `Accept-Language`; a region is ignored. English where nothing fits. */
export const languageOf = (acceptLanguage: string): Language => {
  for (const { value } of readWeighted(acceptLanguage)) {
    const [language = ''] = value.split('-')
    if (isLanguage(language)) return language
  }
  return 'en'
}
