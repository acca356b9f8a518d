import { Suspense } from 'react'
import { RestoreScreen } from './restore-screen.tsx'

export const metadata = { title: 'Restore' }

export default function RestorePage() {
  return (
    <Suspense>
      <RestoreScreen />
    </Suspense>
  )
}
