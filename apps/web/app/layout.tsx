import type { Metadata, Viewport } from 'next'
import type { ReactNode } from 'react'
import './globals.css'
import { Providers } from './providers.tsx'

export const metadata: Metadata = {
  title: { default: 'Holdfast', template: '%s · Holdfast' },
  description: 'Backup that you can see from your phone and prove.',
  applicationName: 'Holdfast',
  appleWebApp: { capable: true, title: 'Holdfast', statusBarStyle: 'default' },
  icons: { icon: '/icons/192.png', apple: '/icons/apple-180.png' },
  formatDetection: { telephone: false, date: false, email: false, address: false },
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f6f4ef' },
    { media: '(prefers-color-scheme: dark)', color: '#0d1719' },
  ],
}

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    // theme.js writes data-theme before React wakes up.
    <html lang="en" suppressHydrationWarning>
      <head>
        <script src="/theme.js" />
      </head>
      <body>
        <Providers>{children}</Providers>
      </body>
    </html>
  )
}
