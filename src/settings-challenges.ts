import { z } from 'zod'
import { stepUpKeys } from './challenges/step-up-secret.ts'
import type { ProblemAt } from './core/document.ts'
import type { Problem } from './core/problem.ts'
import { duration, httpUrl } from './settings-values.ts'

const secrets = z
  .array(z.string().min(32, 'too short to be safe; write at least 32 characters'))
  .min(1)
  .max(8)

const host = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
    'not a host name; write it in lower case without a port',
  )

/** How challenges are issued and answered. */
export const challengesSettings = z.strictObject({
  public_url: httpUrl
    .optional()
    .describe('where customers reach the guard; by default http:// and the Host of their call'),
  secrets: secrets
    .optional()
    .describe(
      'the first seals challenges and clearances, all of them open; put a new one in front and keep the old until what it sealed has run out. Without them the keys derive from secret, or from data_dir',
    ),
  posture: z
    .enum(['closed', 'insured'])
    .default('closed')
    .describe(
      'with a store, while it is gone: closed grants nothing and asks to try again, insured grants on the replica that was asked',
    ),
  contact: z
    .string()
    .min(3)
    .max(200)
    .optional()
    .describe('who helps, as the pages tell it: an e-mail address or a URL'),
  human: z
    .strictObject({
      vendor: z.enum(['turnstile', 'hcaptcha']),
      site_key: z.string().min(1).max(200),
      secret_key: z.string().min(1).max(200),
      hostnames: z
        .array(host)
        .default([])
        .describe('host names the vendor may report; that of public_url by default'),
      verify_url: httpUrl.optional().describe('where answers are verified; the vendor by default'),
      script_url: httpUrl.optional().describe('script of the page; that of the vendor by default'),
      timeout: duration
        .refine((ms) => ms <= 60_000, 'too long for somebody who waits; write at most 60s')
        .prefault('5s'),
      posture: z
        .enum(['closed', 'open'])
        .default('closed')
        .describe(
          'while the vendor does not answer: closed asks to try again, open takes the answer',
        ),
    })
    .optional()
    .describe('who verifies the challenge human; without it no policy can ask for it'),
  step_up: z
    .strictObject({
      url: httpUrl
        .optional()
        .describe('page of your own console that the account holder is sent to'),
      secrets: secrets
        .optional()
        .describe('sign the link and the webhook that comes back; the first signs, all are taken'),
    })
    .prefault({})
    .describe('without a url the page tells the account holder to contact you, and you confirm'),
})

const isKey = (secret: string): boolean => {
  try {
    return stepUpKeys(secret).length > 0
  } catch {
    return false
  }
}

/** What the schema cannot say: what would be asked for and could never be passed. */
export const challengeProblems = (
  { human, step_up, public_url: publicUrl }: z.output<typeof challengesSettings>,
  problemAt: ProblemAt,
): Problem[] => {
  const problems: Problem[] = []
  if (human !== undefined && human.hostnames.length === 0 && publicUrl === undefined) {
    problems.push(
      problemAt(
        ['challenges', 'human'],
        'challenges.human: no answer could be right without a host name to compare it with',
        'write challenges.public_url, or hostnames: [api.example.com]',
      ),
    )
  }
  if (step_up.url !== undefined && step_up.secrets === undefined) {
    problems.push(
      problemAt(
        ['challenges', 'step_up', 'url'],
        'challenges.step_up.url: nothing signs the link',
        'write step_up.secrets, the first of which signs the link and the webhook',
      ),
    )
  }
  for (const [at, secret] of (step_up.secrets ?? []).entries()) {
    if (isKey(secret)) continue
    problems.push(
      problemAt(
        ['challenges', 'step_up', 'secrets', at],
        'challenges.step_up.secrets: whsec_ without base64 of at least 16 bytes behind it',
        'write the secret as your webhook library gave it to you',
      ),
    )
  }
  return problems
}
