import { z } from 'zod'
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
      'while the store is gone: closed grants nothing and asks to try again, insured grants on the replica that was asked',
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
      timeout: duration.prefault('5s'),
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

/** Settings of challenges as the parts read them. */
export type ChallengesSettings = z.output<typeof challengesSettings>
