import type { ServerResponse } from 'node:http'
import { startLoopbackServer } from './loopback-server.ts'

/** What a token was solved for, as a vendor remembers it. */
export type SolvedToken = {
  readonly hostname?: string
  readonly action?: string
  readonly cdata?: string
  readonly sitekey?: string
}

/** A vendor on loopback that verifies tokens as Turnstile and hCaptcha document it. */
export type StandInVendor = {
  readonly url: string
  /** The forms it has got. */
  readonly forms: readonly { readonly [field: string]: string }[]
  /** Somebody has solved its widget. */
  readonly solve: (token: string, about?: SolvedToken) => void
  /** Answers so from now on, whatever is asked; the documented way again without one. */
  readonly misbehave: (how?: (response: ServerResponse) => void) => void
  readonly close: () => Promise<void>
}

/** The secret key that it knows. */
export const VENDOR_SECRET = 'secret-key-of-the-operator'

const json = (response: ServerResponse, body: object): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Starts one. Turnstile remembers answers by `idempotency_key`, hCaptcha checks `sitekey`. */
export const startStandInVendor = async (
  vendor: 'turnstile' | 'hcaptcha',
): Promise<StandInVendor> => {
  const server = await startLoopbackServer()
  const forms: { [field: string]: string }[] = []
  const solved = new Map<string, SolvedToken>()
  const seen = new Map<string, { readonly key: string | undefined; readonly answer: object }>()
  const duplicate = vendor === 'turnstile' ? 'timeout-or-duplicate' : 'already-seen-response'
  const no = (code: string): object => ({ success: false, 'error-codes': [code] })

  const verify = (form: { readonly [field: string]: string }): object => {
    const { secret, response: token, idempotency_key: key, sitekey } = form
    if (secret === undefined || secret === '') return no('missing-input-secret')
    if (secret !== VENDOR_SECRET) return no('invalid-input-secret')
    if (token === undefined || token === '') return no('missing-input-response')
    const about = solved.get(token)
    if (about === undefined) return no('invalid-input-response')
    const before = seen.get(token)
    if (before !== undefined) {
      return key !== undefined && key === before.key ? before.answer : no(duplicate)
    }
    if (vendor === 'hcaptcha' && sitekey !== undefined && sitekey !== about.sitekey) {
      return no('sitekey-secret-mismatch')
    }
    const answer = {
      success: true,
      'error-codes': [],
      challenge_ts: '2026-11-21T04:00:00.000Z',
      hostname: about.hostname,
      ...(vendor === 'turnstile' && { action: about.action, cdata: about.cdata }),
    }
    seen.set(token, { key, answer })
    return answer
  }
  const asDocumented: Parameters<typeof server.answer>[0] = (response, request, body) => {
    if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') !== true) {
      json(response, no('bad-request'))
      return
    }
    const form = Object.fromEntries(new URLSearchParams(body))
    forms.push(form)
    json(response, verify(form))
  }
  server.answer(asDocumented)
  return {
    url: `${server.url}/siteverify`,
    forms,
    solve: (token, about = {}) => void solved.set(token, about),
    misbehave: (how) => server.answer(how ?? asDocumented),
    close: () => server.close(),
  }
}
