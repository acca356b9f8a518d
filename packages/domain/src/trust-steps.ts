/** One thing to do so that a platform trusts a home's own authority. */
export type TrustStep = {
  readonly text: string
  /** Which file the step gets: the certificate, or Apple's profile that holds it. */
  readonly file?: 'certificate' | 'profile'
  /** What to type, in the folder of the certificate. */
  readonly command?: string
}

export type TrustPlatform = {
  readonly id: string
  readonly name: string
  readonly steps: readonly TrustStep[]
}

const DOWNLOAD: TrustStep = { text: 'Download the certificate.', file: 'certificate' }

/** How each platform is made to trust the authority: for the page on plain HTTP and for the settings alike. */
export const TRUST_STEPS: readonly TrustPlatform[] = [
  {
    ...{ id: 'apple-mobile', name: 'iPhone and iPad' },
    steps: [
      { text: 'In Safari, open the profile and allow it.', file: 'profile' },
      { text: 'Settings › General › VPN & Device Management: install “Holdfast”.' },
      {
        text: 'Settings › General › About › Certificate Trust Settings: turn on full trust for it. Without this step nothing changes.',
      },
    ],
  },
  {
    ...{ id: 'android', name: 'Android' },
    steps: [
      DOWNLOAD,
      {
        text: 'Settings › Security › Encryption & credentials › Install a certificate › CA certificate, and choose the file.',
      },
      {
        text: 'Firefox also needs: Settings › About Firefox, tap the logo five times, then Secret Settings › Use third party CA certificates.',
      },
    ],
  },
  {
    ...{ id: 'windows', name: 'Windows' },
    steps: [
      DOWNLOAD,
      {
        text: 'In a command prompt, in that folder:',
        command: 'certutil -user -addstore Root holdfast-ca.crt',
      },
    ],
  },
  {
    ...{ id: 'macos', name: 'macOS' },
    steps: [
      DOWNLOAD,
      {
        text: 'In Terminal, in that folder:',
        command:
          'security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db holdfast-ca.crt',
      },
    ],
  },
  {
    ...{ id: 'linux', name: 'Linux' },
    steps: [
      DOWNLOAD,
      {
        text: 'For Chromium, in that folder:',
        command: 'certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n Holdfast -i holdfast-ca.crt',
      },
      { text: 'Firefox: Settings › Privacy & Security › View Certificates › Authorities › Import.' },
    ],
  },
]
