import { describe, expect, it } from 'vitest'
import { securityPolicy, vendorScriptUrl } from '../../../../src/http/challenges/security-policy.ts'

const directive = (policy: string, name: string): string =>
  policy.split('; ').find((part) => part.startsWith(`${name} `)) ?? ''

describe('the content security policy', () => {
  it('allows a page its own files and nothing else', () => {
    const policy = securityPolicy()
    expect(policy).not.toMatch(/unsafe|https?:|data:|blob:|\*/)
    expect(directive(policy, 'default-src')).toBe("default-src 'none'")
    expect(directive(policy, 'form-action')).toBe("form-action 'none'")
    expect(directive(policy, 'frame-ancestors')).toBe("frame-ancestors 'none'")
  })

  it('is opened for one vendor, not for the other', () => {
    const turnstile = securityPolicy({ vendor: 'turnstile' })
    expect(directive(turnstile, 'script-src')).toBe(
      "script-src 'self' https://challenges.cloudflare.com",
    )
    expect(directive(turnstile, 'frame-src')).toBe('frame-src https://challenges.cloudflare.com')
    expect(turnstile).not.toContain('hcaptcha')
    const hcaptcha = securityPolicy({ vendor: 'hcaptcha' })
    expect(directive(hcaptcha, 'script-src')).toContain('https://js.hcaptcha.com')
    expect(hcaptcha).not.toContain('cloudflare')
  })

  it('names the origin of another script, never its path', () => {
    const script = {
      vendor: 'turnstile',
      scriptUrl: 'https://mirror.test:8443/a;b,c/api.js',
    } as const
    expect(directive(securityPolicy(script), 'script-src')).toBe(
      "script-src 'self' https://mirror.test:8443 https://challenges.cloudflare.com",
    )
  })

  it('has the vendor wait for our own script', () => {
    expect(vendorScriptUrl({ vendor: 'hcaptcha', scriptUrl: 'https://m.test/a.js?x=1' })).toBe(
      'https://m.test/a.js?x=1&render=explicit&onload=stillwatchVendorReady',
    )
  })
})
