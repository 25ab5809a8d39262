/** What stops, what is no longer watched or recorded, and broad roles, of every provider. */
import fc from 'fast-check'
import { type Entry, foundIn, planOf, stackOf } from './plans'
import { availabilitySamples } from './samples/availability'

const all = Object.entries(availabilitySamples)

describe('availability', () => {
  it.each(all)('is judged in all of its forms by %s', (id, { finds }) => {
    for (const [entry, message] of finds)
      expect([entry, (foundIn(entry)[id] ?? []).join('; ')]).toEqual([
        entry,
        expect.stringContaining(message),
      ])
  })

  it.each(all)('is not judged in the near misses of %s', (id, { ignores }) => {
    for (const entry of ignores) expect([entry, foundIn(entry)[id]]).toEqual([entry, undefined])
  })

  it('is worse at zero, and no finding if something grows', () => {
    const names = ['desired_count', 'replicas', 'node_count', 'maxReplicas', 'max_size', 'min_size']
    const number = fc.integer({ min: 0, max: 5 })
    fc.assert(
      fc.property(fc.constantFrom(...names), number, number, (name, was, is) => {
        const found = foundIn({ type: 'acme_app', before: { [name]: was }, after: { [name]: is } })
        const isZero = is === 0 && is < was && name !== 'min_size'
        expect(Object.keys(found)).toEqual(
          is >= was ? [] : isZero ? ['scaled-to-zero'] : ['scaled-down'],
        )
      }),
    )
  })
})

const rulesIn = (...entries: Entry[]) =>
  stackOf(planOf(entries)).findings.map(({ rule, address }) => `${rule} ${address}`)
const directoryRole = (display_name: string): Entry => ({
  type: 'azuread_directory_role',
  after: { display_name },
  unknown: { template_id: true },
})
const assignment: Entry = {
  type: 'azuread_directory_role_assignment',
  after: { principal_object_id: 'p' },
  unknown: { role_id: true },
}
const owner = { role: 'roles/owner', member: 'user:a@example.com' }
const grant = (address: string, before: Entry['before'], after: Entry['after']): Entry => ({
  type: 'google_project_iam_member',
  address: `google_project_iam_member.${address}`,
  before,
  after,
})

describe('a role', () => {
  it('is known by another resource of the plan', () => {
    const id = 'role-broad azuread_directory_role_assignment.it'
    expect(rulesIn(directoryRole('Application Administrator'), assignment)).toEqual([id])
    expect(rulesIn(directoryRole('Security Reader'), assignment)).toEqual([])
    expect(rulesIn(assignment)).toEqual([id])
  })

  it('is not new if it moves to another address', () => {
    expect(rulesIn(grant('a', null, owner))).toEqual(['role-broad google_project_iam_member.a'])
    expect(rulesIn(grant('a', null, owner), grant('b', owner, null))).toEqual([])
  })
})
