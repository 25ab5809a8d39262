import { hintFor } from '../src/hints'

const folders = {
  project: '/repository/apps/data',
  stack: 'data',
  environment: 'dev',
  synthesized: '',
  work: '',
  planFile: '',
  lock: '',
}
const hint = (summary: string, detail = '') =>
  hintFor({ severity: 'error', summary, detail }, folders)

describe('what to do', () => {
  it('about an upstream that was never deployed', () => {
    expect(hint('Unable to find remote state', 'No stored state was found')).toContain(
      'Deploy first: npx nx deploy network -c dev',
    )
  })

  it('about an upstream that was deployed before it published this output', () => {
    const detail =
      'data.terraform_remote_state.network.outputs is object with 3 attributes. This object does not have an attribute named "vpc_id".'
    expect(hint('Unsupported attribute', detail)).toContain('npx nx deploy network -c dev')
  })

  it('about a state bucket that is not there', () => {
    expect(hint('Failed to get existing workspaces: S3 bucket "b" does not exist.')).toContain(
      'npm run bootstrap -- -c dev',
    )
  })

  it('about credentials of another account', () => {
    expect(hint('AWS account ID not allowed: 123456789012')).toContain('account of dev')
  })

  it('about no credentials', () => {
    expect(hint('No valid credential sources found')).toContain('Log in')
  })

  it('is not made up for what is told well enough', () => {
    expect(hint('creating EC2 VPC: VpcLimitExceeded')).toBeUndefined()
  })
})
