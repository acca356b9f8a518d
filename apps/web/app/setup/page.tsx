import { Suspense } from 'react'
import { Setup } from './setup.tsx'

export const metadata = { title: 'Set up a backup' }

export default function SetupPage() {
  return (
    <Suspense>
      <Setup />
    </Suspense>
  )
}
