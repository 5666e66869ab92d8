import {h} from './dom.js';

/** What to paste into which tool; only what works for the files that this version has. */
function recipes({model, line, registry, repository, files}) {
  const revision = 'v' + line.version;
  const has = (path) => files.some((file) => file.path === path);
  const recipes = [
    ['EverClip', './everclip pull ' + model + '@' + revision + ' --to models/' + model],
    ['Python, huggingface_hub', 'HF_ENDPOINT=' + registry + ' python -c "from huggingface_hub import snapshot_download; print(snapshot_download(\'' + repository + '\', revision=\'' + revision + '\'))"'],
    ['Hugging Face command line', 'HF_ENDPOINT=' + registry + ' hf download ' + repository + ' --revision ' + revision],
    ['curl', 'curl -fLO ' + registry + '/' + repository + '/resolve/' + revision + '/' + (has('model.safetensors') ? 'model.safetensors' : files[0]?.path ?? '')],
    ['JavaScript, @huggingface/hub', 'await snapshotDownload({repo: \'' + repository + '\', revision: \'' + revision + '\', hubUrl: \'' + registry + '\'})'],
    ['Java', 'RegistryClient.of(config).version("' + model + '", "' + revision + '").ifPresent(v -> client.fetchTo(v, directory));'],
    ['Try it', './everclip classify ' + model + '@' + revision + ' --image picture.jpg --labels "a cat,a dog"'],
  ];
  if (has('open_clip_config.json')) {
    recipes.splice(2, 0, ['Python, open_clip', 'HF_ENDPOINT=' + registry + ' python -c "import open_clip; model, _, preprocess = open_clip.create_model_and_transforms(\'hf-hub:' + repository + '\')"  # the revision main']);
  }
  return recipes;
}

export const commands = (data) => [
  h('dl', {class: 'commands'}, recipes(data).map(([name, command]) => [h('dt', null, name), h('dd', null, h('pre', {tabindex: '0', 'aria-label': name}, command))])),
  !data.files.some((file) => file.path === 'open_clip_config.json') && h('p', {class: 'small soft'}, 'open_clip cannot express this architecture, so the version has no files for it.'),
];
