package org.everclip.registry.versions;

import java.util.ArrayList;
import java.util.List;
import org.everclip.contracts.avro.ModelEvent;

/** A log that survives what happens to everything else. */
final class MemoryLog implements VersionLog {

  private final List<ModelEvent> events = new ArrayList<>();
  private RegistryView view = new RegistryView();

  /** The view of a process that starts now. */
  void readAgain() {
    view = new RegistryView();
    for (int i = 0; i < events.size(); i++) {
      view.apply(i, events.get(i));
    }
  }

  @Override
  public RegistryView view() {
    return view;
  }

  @Override
  public Decision submit(ModelEvent command) {
    events.add(command);
    return view.apply(events.size() - 1L, command);
  }
}
