import { Suspense } from 'react'
import { Ops } from './ops.tsx'

export const metadata = { title: 'Ops' }

export default function OpsPage() {
  return (
    <Suspense>
      <Ops />
    </Suspense>
  )
}
