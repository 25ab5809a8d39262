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

describe('the hint', () => {
  it('names the deploy of an upstream stack that was never deployed', () => {
    expect(hint('Unable to find remote state', 'No stored state was found')).toContain(
      'Deploy first: npx nx deploy network -c dev',
    )
  })

  it('names the deploy of an upstream stack without the output', () => {
    const detail =
      'data.terraform_remote_state.network.outputs is object with 3 attributes. This object does not have an attribute named "vpc_id".'
    expect(hint('Unsupported attribute', detail)).toContain('npx nx deploy network -c dev')
  })

  it('names the bootstrap where the state bucket does not exist', () => {
    expect(hint('Failed to get existing workspaces: S3 bucket "b" does not exist.')).toContain(
      'npm run bootstrap -- -c dev',
    )
  })

  it('names the account where the credentials are for another one', () => {
    expect(hint('AWS account ID not allowed: 123456789012')).toContain(
      'another account than that of dev',
    )
  })

  it('suggests a login if there are no credentials', () => {
    expect(hint('No valid credential sources found')).toContain('Log in')
  })

  it('is empty for errors that explain themselves', () => {
    expect(hint('creating EC2 VPC: VpcLimitExceeded')).toBeUndefined()
  })
})
