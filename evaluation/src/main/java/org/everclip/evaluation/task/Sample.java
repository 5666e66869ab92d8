package org.everclip.evaluation.task;

import java.util.List;
import java.util.Set;

/** What is judged at once; its form follows the task's {@link Scoring}. Bytes are not copied. */
@SuppressWarnings("ArrayRecordComponent")
public sealed interface Sample {

  /** Unique in its task. */
  String key();

  /** The pictures whose embeddings the judgement needs, in order. */
  List<Picture> pictures();

  /**
   * A picture of one class.
   *
   * @param label index of its class name
   * @param metadata the row of the {@code .npy} member, empty without one
   */
  record Labelled(String key, byte[] image, int label, long[] metadata) implements Sample {
    @Override
    public List<Picture> pictures() {
      return List.of(Picture.whole(image));
    }
  }

  /** A picture and its captions, possibly none. */
  record Captioned(String key, byte[] image, List<String> captions) implements Sample {
    public Captioned {
      captions = List.copyOf(captions);
    }

    @Override
    public List<Picture> pictures() {
      return List.of(Picture.whole(image));
    }
  }

  /**
   * A picture of any number of classes.
   *
   * @param present by class
   */
  record Tagged(String key, byte[] image, boolean[] present) implements Sample {
    @Override
    public List<Picture> pictures() {
      return List.of(Picture.whole(image));
    }
  }

  /**
   * A cue and candidate pictures.
   *
   * @param associations indices of the candidates that go with the cue, at least one
   */
  record Association(String key, String cue, List<byte[]> candidates, Set<Integer> associations)
      implements Sample {
    public Association {
      candidates = List.copyOf(candidates);
      associations = Set.copyOf(associations);
    }

    @Override
    public List<Picture> pictures() {
      return candidates.stream().map(Picture::whole).toList();
    }
  }

  /**
   * A picture and captions of which one is its own.
   *
   * @param answer index of its own caption among the options
   * @param group what accuracies are taken over: a relation, or two attributes
   */
  record Choice(String key, Picture picture, List<String> options, int answer, String group)
      implements Sample {
    public Choice {
      options = List.copyOf(options);
    }

    @Override
    public List<Picture> pictures() {
      return List.of(picture);
    }
  }
}
