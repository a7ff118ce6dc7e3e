import { createHmac } from 'node:crypto'
import type { Issued } from '../core/challenge.ts'

/** Parameters of the link that are signed, in the order in which they are. */
export const LINK_FIELDS = ['challenge', 'account', 'subject', 'decision', 'expires'] as const

/** First of the signed texts: says what the signature is for, and in which version. */
const PURPOSE = 'stillwatch step-up link 1'

/** Every text with its length in bytes before it, so that no two lists of texts look alike. */
const joined = (texts: readonly string[]): string =>
  texts.map((text) => `${Buffer.byteLength(text, 'utf8')}:${text}`).join('')

/**
 * Links into the operator's own console: `url?challenge=…&account=…&decision=…&expires=…&sig=…`, with the
 * sealed challenge, the account (`subject=` and the keyed hash of the credential where there is none), the
 * decision id of the call that met the challenge, the last Unix second in which it can be answered, and a
 * signature: lower-case hex of HMAC-SHA-256 under the first secret, over the texts `stillwatch step-up link
 * 1`, challenge, account, subject, decision, expires (empty where absent), each written as its length in
 * bytes of UTF-8, a colon, and itself. A console checks it so, with `q` the parameters of the query:
 *
 * ```py
 * names = ['challenge', 'account', 'subject', 'decision', 'expires']
 * texts = ['stillwatch step-up link 1'] + [q.get(name, '') for name in names]
 * signed = b''.join(b'%d:%s' % (len(t.encode()), t.encode()) for t in texts)
 * right = hmac.new(secret, signed, 'sha256').hexdigest()
 * valid = hmac.compare_digest(right, q['sig']) and time.time() <= int(q['expires'])
 * ```
 *
 * Such a text begins with digits and a colon, which no id of a webhook has: neither signature of the one
 * secret ever stands for the other.
 */
export const createStepUpLink =
  (options: { readonly url: string; readonly key: Uint8Array }) =>
  (issued: Issued, sealedId: string): string => {
    const { subject, decision, expiresMs } = issued
    const name = subject.slice(2)
    const fields: { readonly [field in (typeof LINK_FIELDS)[number]]: string } = {
      challenge: sealedId,
      account: subject.startsWith('a:') ? name : '',
      subject: subject.startsWith('a:') ? '' : name,
      decision,
      expires: String(Math.floor(expiresMs / 1_000)),
    }
    const signed = joined([PURPOSE, ...LINK_FIELDS.map((field) => fields[field])])
    const link = new URL(options.url)
    for (const field of LINK_FIELDS) {
      if (fields[field] !== '') link.searchParams.set(field, fields[field])
    }
    link.searchParams.set('sig', createHmac('sha256', options.key).update(signed).digest('hex'))
    return link.href
  }
