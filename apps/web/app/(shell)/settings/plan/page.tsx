import { Suspense } from 'react'
import { PlanSettings } from './plan-settings.tsx'

export const metadata = { title: 'Plan' }

export default function PlanPage() {
  return (
    <Suspense>
      <PlanSettings />
    </Suspense>
  )
}
