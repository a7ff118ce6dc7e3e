import type { DialectName } from '../core/call.ts'

/** The headers a client names itself in. Every one is forgeable. */
export type ClientHeaders = {
  readonly userAgent: string | undefined
  /** `x-stainless-lang` */
  readonly sdkLanguage: string | undefined
  /** `x-stainless-package-version` */
  readonly sdkVersion: string | undefined
  /** `x-goog-api-client` */
  readonly googleClient: string | undefined
}

const MAX_READ = 512

/** Short names of languages, as clients of SDKs are usually called. */
const LANGUAGES: { readonly [language: string]: string } = {
  javascript: 'js',
  node: 'js',
  web: 'js',
  python: 'py',
}

const languageOf = (text: string): string => {
  const lower = text.toLowerCase()
  // An own property only: the text is the caller's.
  return Object.hasOwn(LANGUAGES, lower) ? (LANGUAGES[lower] ?? lower) : lower
}

// `OpenAI/JS 7.55.0`, `AsyncAnthropic/Python 0.121.0`, `OpenAI::Client/Ruby 0.16.0`
const GENERATED_SDK =
  /^(?:Async)?([A-Za-z][A-Za-z0-9]{0,31})(?:::[A-Za-z]{1,32})?\/([A-Za-z]{1,16}) v?(\d[\w.+-]{0,31})/
// `google-genai-sdk/3.1.0 gl-node/v24.21.0`
const GOOGLE_SDK = /^(google-genai)-sdk\/v?(\d[\w.+-]{0,31}) gl-([a-z]{1,16})\//
// `ai/7.0.173 ai-sdk/provider-utils/4.0.66 runtime/node.js/v24`, also behind the name of an application
const AI_SDK = /(?:^| )ai\/v?(\d[\w.+-]{0,31})/
const AI_SDK_PROVIDER = /(?:^| )ai-sdk\/([a-z][a-z0-9-]{0,31})\/v?(\d[\w.+-]{0,31})/
// The first product of an ordinary user agent (RFC 9110 section 10.1.5).
const PRODUCT = /^([A-Za-z0-9@][\w.@-]{0,47})(?:\/v?([\w.+-]{1,32}))?/
const LANGUAGE = /^[A-Za-z]{1,16}$/
const VERSION = /^v?(\d[\w.+-]{0,31})$/

const googleName = (text: string): string | undefined => {
  const match = GOOGLE_SDK.exec(text)
  return match === null ? undefined : `${match[1]}-${languageOf(match[3] ?? '')}/${match[2]}`
}

const aiSdkName = (text: string): string | undefined => {
  if (!text.includes('ai-sdk/')) return undefined
  const whole = AI_SDK.exec(text)
  if (whole !== null) return `ai-sdk/${whole[1]}`
  const provider = AI_SDK_PROVIDER.exec(text)
  return provider === null ? undefined : `ai-sdk-${provider[1]}/${provider[2]}`
}

/**
 * Which SDK or tool a call says it comes from, as `name/version` in lower case, `name` where it gives no
 * version: `openai-js/7.55.0`, `anthropic-py/0.121.0`, `google-genai-js/3.1.0`, `ai-sdk/7.0.173`,
 * `curl/8.5.0`. An SDK whose user agent the application replaced is known by its own headers and the
 * dialect it speaks. `undefined` where nothing names it. At most 100 characters.
 */
export const clientName = (headers: ClientHeaders, dialect: DialectName): string | undefined => {
  const { userAgent, sdkLanguage, sdkVersion, googleClient } = headers
  const text =
    userAgent === undefined || userAgent.length <= MAX_READ
      ? userAgent
      : userAgent.slice(0, MAX_READ)
  if (text !== undefined) {
    const generated = GENERATED_SDK.exec(text)
    if (generated !== null) {
      return `${generated[1]}-${languageOf(generated[2] ?? '')}/${generated[3]}`.toLowerCase()
    }
    const ai = aiSdkName(text)
    if (ai !== undefined) return ai
  }
  const google = googleClient === undefined ? undefined : googleName(googleClient)
  if (google !== undefined) return google
  if (sdkLanguage !== undefined && sdkVersion !== undefined && LANGUAGE.test(sdkLanguage)) {
    const version = VERSION.exec(sdkVersion)
    if (version !== null) return `${dialect}-${languageOf(sdkLanguage)}/${version[1]}`
  }
  if (text === undefined) return undefined
  const product = googleName(text) ?? PRODUCT.exec(text)
  if (product === null || typeof product === 'string') return product ?? undefined
  const name = product[1]?.toLowerCase()
  return product[2] === undefined ? name : `${name}/${product[2]}`
}
