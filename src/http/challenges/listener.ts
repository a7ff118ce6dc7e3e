import { Fault, toFault } from '../../core/fault.ts'
import type { Exchange } from '../../core/seams.ts'
import { CLIENT_FILES } from './client/client-files.ts'
import { customerPage } from './client/customer-page.ts'
import { ANY_ORIGIN, PREFLIGHT } from './cross-origin.ts'
import { createFloodGate } from './flood-gate.ts'
import { createFiles, pageFiles } from './files.ts'
import { headerOf } from './headers.ts'
import { formOf } from './negotiate.ts'
import type { ChallengeListenerParts } from './parts.ts'
import { createAnswerTaking } from './post-answer.ts'
import { refuseAnswer, refuseFault } from './refusals.ts'
import { bytesOf, giveReply, type Reply } from './reply.ts'
import { securityPolicy } from './security-policy.ts'
import { createChallengeView } from './show-challenge.ts'
import { createStepUpTaking } from './step-up-webhook.ts'
import { readOwnTarget, type OwnTarget } from './target.ts'

/** Answers every request below `/.stillwatch`. Never rejects, and never forwards anything. */
export type ChallengeListener = (exchange: Exchange) => Promise<void>

/** Answers one target, by method. */
type Resource = {
  readonly get?: () => Reply | Promise<Reply>
  readonly post?: () => Promise<Reply>
  readonly preflight?: boolean
}

/** Spent, expired, and limited already: a right answer may come too late, and a thousand times. */
const NOBODYS_FAULT: ReadonlySet<number> = new Set([409, 410, 429])

/** To the page for customers, from where one would type it; relative, like every address in it. */
const SLASH: Reply = {
  status: 308,
  rawHeaders: ['location', '.stillwatch/', 'cache-control', 'no-store'],
  body: bytesOf(''),
}

const methodsOf = ({ get, post }: Resource): string =>
  [...(get ? ['GET', 'HEAD'] : []), ...(post ? ['POST'] : []), 'OPTIONS'].join(', ')

/** A request to a resource, whatever its method. */
const ask = (resource: Resource, method: string): Reply | Promise<Reply> => {
  const allow = ['allow', methodsOf(resource)]
  if (resource.get !== undefined && (method === 'GET' || method === 'HEAD')) return resource.get()
  if (resource.post !== undefined && method === 'POST') return resource.post()
  if (method === 'OPTIONS') {
    const origin = resource.preflight === true ? PREFLIGHT : []
    return { status: 204, rawHeaders: [...allow, ...origin], body: bytesOf('') }
  }
  return refuseFault(new Fault('method_not_allowed'), { rawHeaders: allow })
}

/**
 * The guard's own corner of the public listener: challenges and their answers, the webhook of a step-up,
 * the page for customers and the files that go with it. Reads what it serves once; throws where a file is
 * missing or an entry in `trustedProxies` is none.
 */
export const createChallengeListener = (parts: ChallengeListenerParts): ChallengeListener => {
  const { publicUrl, contact, onBad, onInternal } = parts
  const files = createFiles([...pageFiles(), ...CLIENT_FILES])
  const guide = customerPage({ publicUrl, contact })
  const show = createChallengeView(parts)
  const take = createAnswerTaking(parts)
  const webhook = createStepUpTaking(parts.stepUp, onBad)
  const plain = securityPolicy()
  const gate = createFloodGate(parts)

  const customer = (exchange: Exchange): Reply => {
    const html = formOf(headerOf(exchange.rawHeaders, 'accept')) === 'html'
    const type = html ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8'
    return {
      status: 200,
      rawHeaders: [
        'content-type',
        type,
        'cache-control',
        'public, max-age=300',
        'vary',
        'accept',
        'content-security-policy',
        plain,
        ...ANY_ORIGIN,
      ],
      body: bytesOf(html ? guide.html : guide.text),
    }
  }

  const resourceOf = (exchange: Exchange, target: OwnTarget): Resource | Reply => {
    switch (target.kind) {
      case 'too_long':
        return refuseAnswer('uri_too_long')
      case 'unknown':
        return refuseAnswer('not_found')
      case 'slash_missing':
        return { get: () => SLASH }
      case 'customer_page':
        return { get: () => customer(exchange) }
      case 'challenge': {
        const { id } = target
        return { get: () => show(exchange, id), post: () => take(exchange, id), preflight: true }
      }
      case 'step_up':
        return { post: () => webhook(exchange) }
      case 'file': {
        const file = files(target.name, exchange.rawHeaders)
        return file ? { get: () => file } : refuseAnswer('not_found')
      }
    }
  }

  const replyTo = async (exchange: Exchange): Promise<Reply> => {
    const found = resourceOf(exchange, readOwnTarget(exchange.target))
    if ('status' in found) onBad?.(found.status === 414 ? 'uri_too_long' : 'not_found')
    return 'status' in found ? found : ask(found, exchange.method)
  }

  const flooded = refuseAnswer('challenge_limited', { rawHeaders: ANY_ORIGIN })
  const isBad = ({ status }: Reply): boolean =>
    status >= 400 && status < 500 && !NOBODYS_FAULT.has(status)

  const answerTo = async (exchange: Exchange): Promise<Reply> => {
    if (exchange.method !== 'POST') return replyTo(exchange)
    const place = gate.placeOf(exchange)
    if (gate.isShut(place)) {
      onBad?.('flood')
      return flooded
    }
    const reply = await replyTo(exchange)
    if (isBad(reply)) gate.bad(place)
    return reply
  }

  return async (exchange) => {
    try {
      giveReply(exchange, await answerTo(exchange))
    } catch (thrown) {
      const fault = toFault(thrown)
      if (fault.code === 'client_gone') return
      onInternal?.(fault)
      if (exchange.started) exchange.cut()
      else giveReply(exchange, refuseFault(fault))
    }
  }
}
