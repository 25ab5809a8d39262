import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { AwsProvider } from '@cdktf/provider-aws/lib/provider'
import { SpotFailover } from '@tideway/ecs-spot'
import { App, LocalBackend, TerraformStack } from 'cdktf'

const region = 'us-east-1'

const app = new App({ outdir: 'out' })
const stack = new TerraformStack(app, 'shop-failover')
// A team keeps its state in a bucket: use an S3Backend.
new LocalBackend(stack, { path: resolve('out/terraform.tfstate') })
new AwsProvider(stack, 'aws', { region })
new SpotFailover(stack, 'failover', {
  cluster: 'shop',
  account: '123456789012',
  region,
  preferences: { web: { atNotice: 'serve-until-drained' } },
  primaries: JSON.parse(readFileSync('out/services.json', 'utf8')),
})
app.synth()
