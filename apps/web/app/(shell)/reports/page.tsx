import { Reports } from './reports.tsx'

export const metadata = { title: 'Reports' }

export default function ReportsPage() {
  return <Reports />
}
