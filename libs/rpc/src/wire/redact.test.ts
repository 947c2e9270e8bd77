import { expect, test } from 'vitest';
import { seal } from './envelope.js';
import { redactJson } from './redact.js';

test('secrets are blanked at any depth, in the inner JSON too', () => {
  const body = seal({
    method: 'run_instance',
    args: {
      admin_password: 'canary',
      injected_files: [['/etc/x', 'canary']],
      request_spec: { instance_properties: { user_data: 'canary', key_name: 'kept' } },
      list: [{ new_pass: 'canary' }, { rescue_password: null }],
    },
    _context_auth_token: 'canary',
    _context_request_id: 'req-1',
  });
  const redacted = redactJson(body);
  expect(redacted).not.toContain('canary');
  expect(redacted).toContain('kept');
  expect(redacted).toContain('req-1');
});

test('what is not JSON stays', () => {
  expect(redactJson('neither')).toBe('neither');
});
