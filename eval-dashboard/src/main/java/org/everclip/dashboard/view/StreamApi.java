package org.everclip.dashboard.view;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import java.io.IOException;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.StoredPairs;
import org.everclip.dashboard.search.StreamSearch;
import org.everclip.service.WriteToken;

/** What came in and what was refused, its pictures, search, and sending again. */
final class StreamApi {

  private static final int MAX_ITEMS = 100;
  private static final int MAX_QUERY_CHARS = 1000;
  private static final String GONE = "this pair is not among the newest any more, or deleted";

  private final Answers answers;
  private final SamplesView samples;
  private final Pictures pictures;
  private final SearchView search;
  private final RedriveView redrive;
  private final WriteToken token;

  StreamApi(
      EverclipConfig config,
      ReadModel model,
      StoredPairs pairs,
      StreamSearch search,
      Answers answers)
      throws IOException {
    this.answers = answers;
    this.samples = new SamplesView(model);
    this.pictures = new Pictures(pairs);
    this.search = new SearchView(search, pairs);
    this.redrive = new RedriveView(config, model);
    this.token =
        WriteToken.open(config.home().resolve("dashboard-token"), config.dashboard().token());
  }

  void routes(RoutesConfig routes) {
    routes.get("/api/v1/samples", this::samples);
    routes.get(
        "/api/v1/samples/{pairId}/image",
        ctx -> Answers.picture(ctx, pictures.image(ctx.pathParam("pairId")), GONE));
    routes.get("/api/v1/samples/{pairId}/crop/{file}", this::crop);
    routes.get("/api/v1/search", this::searchText);
    routes.post("/api/v1/search", this::searchImage);
    routes.post("/api/v1/redrive", this::redrive);
    routes.exception(
        AwayException.class, (e, ctx) -> answers.problem(ctx, 503, String.valueOf(e.getMessage())));
  }

  private void samples(Context ctx) {
    String kind = ctx.queryParam("kind");
    int offset = Answers.number(ctx, "offset", 0, Integer.MAX_VALUE);
    int limit = Answers.number(ctx, "limit", 24, MAX_ITEMS);
    String source = ctx.queryParam("source");
    if (kind == null || kind.equals("reinforced")) {
      answers.json(
          ctx,
          samples.reinforced(
              source, ctx.queryParam("period"), ctx.queryParam("split"), offset, limit));
    } else if (kind.equals("rejected")) {
      answers.json(
          ctx,
          samples.rejected(
              ctx.queryParam("reason"), ctx.queryParam("stage"), source, offset, limit));
    } else {
      throw new IllegalArgumentException("kind is reinforced or rejected, but got '" + kind + "'");
    }
  }

  private void crop(Context ctx) {
    String file = ctx.pathParam("file");
    if (!file.matches("\\d{1,4}\\.png")) {
      throw new NotFoundResponse("crops are named 0.png, 1.png and so on");
    }
    int index = Integer.parseInt(file.substring(0, file.indexOf('.')));
    Answers.picture(ctx, pictures.crop(ctx.pathParam("pairId"), index), GONE);
  }

  private void searchText(Context ctx) {
    String text = ctx.queryParam("text");
    if (text == null || text.isBlank() || text.length() > MAX_QUERY_CHARS) {
      throw new IllegalArgumentException(
          "text is what to search for, 1 to " + MAX_QUERY_CHARS + " characters");
    }
    answers.json(
        ctx,
        search.byText(text, ctx.queryParam("space"), Answers.number(ctx, "limit", 24, MAX_ITEMS)));
  }

  /** The content type keeps pages of other hosts from asking: browsers would ask us first. */
  private void searchImage(Context ctx) {
    String type = ctx.contentType();
    if (type == null || !type.startsWith("image/")) {
      throw new IllegalArgumentException("send the picture itself, as image/jpeg or alike");
    }
    answers.json(
        ctx,
        search.byImage(
            ctx.bodyAsBytes(),
            ctx.queryParam("space"),
            Answers.number(ctx, "limit", 24, MAX_ITEMS)));
  }

  private void redrive(Context ctx) throws InterruptedException {
    if (!token.allows(ctx.header("Authorization"))) {
      answers.problem(
          ctx, 401, "the token is wanted: the line in HOME/dashboard-token, or dashboard.token");
      return;
    }
    RedriveView.Request request = answers.body(ctx, RedriveView.Request.class);
    answers.json(ctx, Map.of("outcomes", redrive.again(request)));
  }
}
