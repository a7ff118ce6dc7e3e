/** Vendors of the challenge `human`. */
export type Vendor = 'turnstile' | 'hcaptcha'

/** Script of each vendor, and the origins its documentation asks pages to allow. */
const VENDORS: {
  readonly [V in Vendor]: { readonly script: string; readonly origins: readonly string[] }
} = {
  turnstile: {
    script: 'https://challenges.cloudflare.com/turnstile/v0/api.js',
    origins: ['https://challenges.cloudflare.com'],
  },
  hcaptcha: {
    script: 'https://js.hcaptcha.com/1/api.js',
    origins: ['https://hcaptcha.com', 'https://*.hcaptcha.com'],
  },
}

/** Whose script a page loads. */
export type VendorScript = {
  readonly vendor: Vendor
  /** The vendor's own unless told. */
  readonly scriptUrl?: string | undefined
}

/** Address of the script, which is to wait until our own asks it to render. */
export const vendorScriptUrl = ({ vendor, scriptUrl }: VendorScript): string => {
  const url = new URL(scriptUrl ?? VENDORS[vendor].script)
  url.searchParams.set('render', 'explicit')
  url.searchParams.set('onload', 'stillwatchVendorReady')
  return url.href
}

/** Content-Security-Policy of a page; a vendor's origins stand only in that of the page that needs them. */
export const securityPolicy = (script?: VendorScript): string => {
  const origins = script
    ? [...new Set([new URL(vendorScriptUrl(script)).origin, ...VENDORS[script.vendor].origins])]
    : []
  const own = ["'self'", ...origins].join(' ')
  return [
    "default-src 'none'",
    `script-src ${own}`,
    `style-src ${own}`,
    `connect-src ${own}`,
    `frame-src ${origins.length > 0 ? origins.join(' ') : "'none'"}`,
    "worker-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
